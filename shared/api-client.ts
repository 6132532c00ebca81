/** What the server answered when it said no: one of the documented codes, with the field at fault. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly code: string,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

export interface ApiClientOptions {
  url: string;
  token: string;
  /** How long to go on trying while the server can't be reached, ms; 60,000 by default. */
  patience?: number;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An answer with its whole body: one that breaks off in the middle is no answer. */
async function completeAnswer(request: Promise<Response>): Promise<Response> {
  const response = await request;
  const body = response.body && (await response.arrayBuffer());
  return new Response(body, { status: response.status, headers: response.headers });
}

/** The API as any script would use it: GraphQL and artifacts over fetch. Survives a restart of the server. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  /** Runs an operation. @throws ApiError with the server's code */
  async ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await this.request("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as {
      data?: T;
      errors?: { message: string; extensions?: { code?: string; field?: string | null } }[];
    };
    const error = answer.errors?.[0];
    if (error) throw new ApiError(error.extensions?.code ?? "INTERNAL", error.message, error.extensions?.field);
    return answer.data as T;
  }

  /** @returns the SHA-256 under which the bytes are kept */
  async upload(bytes: Uint8Array<ArrayBuffer>, kind: string, fileName: string): Promise<string> {
    const headers = {
      "content-type": "application/octet-stream",
      "x-artifact-kind": kind,
      "x-file-name": encodeURIComponent(fileName),
    };
    const response = await this.request("/artifacts", { method: "POST", headers, body: bytes });
    return ((await response.json()) as { sha256: string }).sha256;
  }

  async download(sha256: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.request(`/artifacts/${sha256}`, {});
    return new Uint8Array(await response.arrayBuffer());
  }

  private async request(path: string, init: RequestInit): Promise<Response> {
    const deadline = Date.now() + (this.options.patience ?? 60_000);
    for (let wait = 100; ; wait = Math.min(wait * 2, 3000)) {
      const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.options.token}` };
      const response = await completeAnswer(fetch(`${this.options.url}${path}`, { ...init, headers })).catch(
        (error: Error) => error,
      );
      const unreachable = response instanceof Error || response.status === 502 || response.status === 503;
      if (!unreachable) {
        if (response.ok || path === "/graphql") return response;
        const { error } = (await response.json().catch(() => ({}))) as {
          error?: { code: string; message: string; field: string };
        };
        throw new ApiError(error?.code ?? "INTERNAL", error?.message ?? `HTTP ${response.status}`, error?.field);
      }
      if (Date.now() + wait > deadline)
        throw new ApiError(
          "UNREACHABLE",
          `No answer from ${this.options.url}: ${response instanceof Error ? response.message : response.status}`,
        );
      await pause(wait);
    }
  }
}
