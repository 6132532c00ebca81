import { AblationAxis, RewardModelStrategy } from "../../shared/enums.ts";

/** What an ablation varies: the values of each axis. Every combination is a row of the table, trained once a seed. */
export interface Axes {
  encoders: string[];
  strategies: RewardModelStrategy[];
  /** proxy items trained on */
  n: number[];
  /** candidates of a prompt */
  k: number[];
  /** of BOOTSTRAP alone */
  alpha: number[];
  /** of BOOTSTRAP alone; null: the trainer's default, a tenth of the proxy items or of the pool */
  m: (number | null)[];
}

/** What the cells of a row have in common; they differ by the seed. */
export interface RowSettings {
  encoder: string;
  strategy: RewardModelStrategy;
  n: number;
  k: number;
  /** null where the strategy is not BOOTSTRAP */
  alpha: number | null;
  m: number | null;
}

/** As the paper's table 4 has them. */
const STRATEGIES = [
  RewardModelStrategy.NAIVE,
  RewardModelStrategy.AVERAGE,
  RewardModelStrategy.VOTING,
  RewardModelStrategy.BOOTSTRAP,
];

/** Each axis in the order of the paper's tables: strategies as in table 4, N and K rising as in tables 7 and 8; encoders as given. */
export function inTableOrder(axes: Axes): Axes {
  const rising = <T extends number | null>(values: T[]) => [...new Set(values)].sort((a, b) => (a ?? 0) - (b ?? 0));
  return {
    encoders: [...new Set(axes.encoders)],
    strategies: STRATEGIES.filter((strategy) => axes.strategies.includes(strategy)),
    n: rising(axes.n),
    k: rising(axes.k),
    alpha: rising(axes.alpha),
    m: rising(axes.m),
  };
}

/** The rows of axes that are in table order. Strategies without alpha and M have one row for all values of those. */
export function rowsOf(axes: Axes): RowSettings[] {
  const none = [{ alpha: null, m: null }];
  const labelled = axes.alpha.flatMap((alpha) => axes.m.map((m) => ({ alpha, m })));
  return axes.encoders.flatMap((encoder) =>
    axes.n.flatMap((n) =>
      axes.k.flatMap((k) =>
        axes.strategies.flatMap((strategy) =>
          (strategy === RewardModelStrategy.BOOTSTRAP ? labelled : none).map((pseudo) => ({
            encoder,
            strategy,
            n,
            k,
            ...pseudo,
          })),
        ),
      ),
    ),
  );
}

/** The axes along which rows differ. */
export function variedAxes(rows: readonly RowSettings[]): AblationAxis[] {
  const values: [AblationAxis, (row: RowSettings) => unknown][] = [
    [AblationAxis.ENCODER, (row) => row.encoder],
    [AblationAxis.STRATEGY, (row) => row.strategy],
    [AblationAxis.N, (row) => row.n],
    [AblationAxis.K, (row) => row.k],
    [AblationAxis.ALPHA, (row) => row.alpha],
    [AblationAxis.M, (row) => row.m],
  ];
  const varied = values.filter(([, of]) => new Set(rows.map(of)).size > 1).map(([axis]) => axis);
  // Other strategies have no alpha and M, which alone does not vary them.
  const among = (of: (row: RowSettings) => unknown) =>
    new Set(rows.filter((row) => row.strategy === RewardModelStrategy.BOOTSTRAP).map(of)).size > 1;
  return varied.filter(
    (axis) =>
      (axis !== AblationAxis.ALPHA || among((row) => row.alpha)) && (axis !== AblationAxis.M || among((row) => row.m)),
  );
}

/** The published table of the same shape, by its name in `shared/paper/tables.json`; null where more or other axes vary. */
export function publishedTable(varied: readonly AblationAxis[]): string | null {
  if (varied.length !== 1) return null;
  const tables: Partial<Record<AblationAxis, string>> = {
    [AblationAxis.STRATEGY]: "table4_reward_model_ablation",
    [AblationAxis.N]: "table7_proxy_size_fid",
    [AblationAxis.K]: "table8_k_fid",
  };
  return tables[varied[0] as AblationAxis] ?? null;
}

const title = (strategy: string): string => strategy.charAt(0) + strategy.slice(1).toLowerCase();

/** What sets a row apart, in the words of the published tables: "Naive", "N=50", "K=2"; of several axes "Naive, N=50". */
export function rowLabel(row: RowSettings, varied: readonly AblationAxis[]): string {
  const words: Record<AblationAxis, () => string | null> = {
    [AblationAxis.ENCODER]: () => row.encoder,
    [AblationAxis.STRATEGY]: () => title(row.strategy),
    [AblationAxis.N]: () => `N=${row.n}`,
    [AblationAxis.K]: () => `K=${row.k}`,
    [AblationAxis.ALPHA]: () => (row.alpha === null ? null : `alpha=${Number(row.alpha.toPrecision(3))}`),
    [AblationAxis.M]: () =>
      row.strategy !== RewardModelStrategy.BOOTSTRAP ? null : row.m === null ? "M by default" : `M=${row.m}`,
  };
  const said = varied.map((axis) => words[axis]()).filter((word) => word !== null);
  return said.join(", ") || title(row.strategy);
}
