import { Alert, type CSSVariablesResolver, createTheme } from "@mantine/core";

/** Shades are chosen for a contrast of 4.5 at least against both backgrounds (WCAG 2.2 AA). */
export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: { fontWeight: "650" },
  components: { Alert: Alert.extend({ styles: { title: { color: "var(--mantine-color-text)" } } }) },
});

/** Mantine's own dimmed text and anchors are too pale for small print. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#565e66",
    "--mantine-color-anchor": "var(--mantine-color-indigo-8)",
    "--mantine-color-placeholder": "#6a7178",
    "--mantine-color-body": "#ffffff",
    "--mantine-color-error": "var(--mantine-color-red-9)",
    "--chosen": "var(--mantine-color-teal-9)",
    "--rejected": "var(--mantine-color-red-9)",
    "--chart-1": "var(--mantine-color-indigo-7)",
    "--chart-2": "var(--mantine-color-orange-8)",
    "--chart-3": "var(--mantine-color-teal-8)",
    "--chart-4": "var(--mantine-color-grape-7)",
  },
  dark: {
    "--mantine-color-dimmed": "#b0b4b9",
    "--mantine-color-anchor": "var(--mantine-color-indigo-3)",
    "--mantine-color-placeholder": "#a0a4a9",
    "--mantine-color-error": "var(--mantine-color-red-4)",
    "--chosen": "var(--mantine-color-teal-4)",
    "--rejected": "var(--mantine-color-red-4)",
    "--chart-1": "var(--mantine-color-indigo-3)",
    "--chart-2": "var(--mantine-color-orange-4)",
    "--chart-3": "var(--mantine-color-teal-4)",
    "--chart-4": "var(--mantine-color-grape-3)",
  },
});
