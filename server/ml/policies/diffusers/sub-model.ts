import { access } from "node:fs/promises";
import { join } from "node:path";
import { type Provider, Session, type TensorValue } from "../../onnx/session.ts";
import { folderError } from "./config-file.ts";

export interface SubModelOptions {
  readonly provider: Provider;
  readonly threads: number;
}

/** Of inputs; see session.ts. */
const TYPES = ["float32", "float16", "int64", "int32"];

/** One network of a pipeline folder: `<name>/model.onnx` with the weights that may lie beside it (over 2 GB they do). */
export class SubModel {
  private constructor(
    private readonly session: Session,
    readonly file: string,
  ) {}

  /** @throws UserError BAD_INPUT naming the file where it is missing or is no model */
  static async open(folder: string, name: string, { provider, threads }: SubModelOptions): Promise<SubModel> {
    const file = join(folder, name, "model.onnx");
    await access(file).catch(() => {
      throw folderError(file, "there is no such file.");
    });
    try {
      return new SubModel(await Session.create(file, { provider, threads, optimisation: "all" }), file);
    } catch (error) {
      throw folderError(file, `it can't be loaded on ${provider}: ${(error as Error).message}`);
    }
  }

  get inputs(): Session["inputs"] {
    return this.session.inputs;
  }

  get outputNames(): readonly string[] {
    return this.session.outputNames;
  }

  /** @throws UserError BAD_INPUT where the model wants other inputs, or of a type that is not read here */
  expectInputs(names: readonly string[]): void {
    const foreign = this.inputs.find(({ dtype }) => !TYPES.includes(dtype));
    if (foreign)
      throw folderError(this.file, `its input ${foreign.name} is ${foreign.dtype}; supported are ${TYPES.join(", ")}.`);
    const found = this.inputs.map(({ name }) => name);
    if (found.toSorted().join() !== names.toSorted().join())
      throw folderError(this.file, `its inputs are ${found.join(", ")}; ${names.join(", ")} are wanted.`);
  }

  /** @throws UserError BAD_INPUT where the model lacks the output */
  expectOutput(name: string): void {
    if (!this.outputNames.includes(name))
      throw folderError(this.file, `its outputs are ${this.outputNames.join(", ")}; ${name} is wanted.`);
  }

  /** Outputs by name. */
  run(feeds: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>> {
    return this.session.run(feeds);
  }

  /** Numbers of an output. @throws UserError BAD_INPUT where there are none, or not all are numbers */
  numbers(outputs: Readonly<Record<string, TensorValue>>, name: string): Float32Array {
    const data = outputs[name]?.data;
    if (!(data instanceof Float32Array)) throw folderError(this.file, `its output ${name} must be float32 or float16.`);
    if (data.some((x) => !Number.isFinite(x)))
      throw folderError(
        this.file,
        `its output ${name} is not finite. Exports in float16 overflow in some networks (SDXL's VAE does): export this one in float32.`,
      );
    return data;
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }
}
