/** Series are told apart by colour and by dash, in this order, in the chart and in its legend. */
export const SERIES_COLOURS = ["var(--chart-1)", "var(--chart-2)", "var(--chart-3)", "var(--chart-4)"] as const;
export const SERIES_DASHES = ["", "6 3", "2 3", "8 3 2 3"] as const;
