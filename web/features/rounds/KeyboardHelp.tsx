"use client";
import { Kbd, Switch, Table, Text } from "@mantine/core";
import { Dialog } from "../../components/Dialog.tsx";

const KEYS: readonly [keys: string[], what: string][] = [
  [["j", "k"], "next and previous prompt; of single samples, next and previous line"],
  [["h", "l"], "previous and next sample"],
  [["↑", "↓", "←", "→"], "the same, on a sample"],
  [["Home", "End"], "first and last, on a sample"],
  [["Enter"], "compare the sample"],
  [["n", "p"], "a screenful further and back"],
  [["/"], "filter the prompts"],
  [["?"], "this help"],
];
const KEYS_OF_COMPARISON: readonly [keys: string[], what: string][] = [
  [["j", "k"], "next and previous prompt"],
  [["←", "→"], "another sample on the right; with Shift, on the left"],
  [["v"], "side by side, slider, flip, difference"],
  [["f"], "one in the other's place"],
  [["r"], "the same sample of another round on the right"],
  [["+", "−", "0"], "closer, further, whole image"],
  [["Esc"], "close"],
];

function Keys({ title, keys }: { title: string; keys: typeof KEYS }) {
  return (
    <Table mb="md" aria-label={title}>
      <Table.Caption style={{ captionSide: "top", textAlign: "start" }}>{title}</Table.Caption>
      <Table.Tbody>
        {keys.map(([names, what]) => (
          <Table.Tr key={what}>
            <Table.Th scope="row" w={130}>
              {names.map((name) => (
                <Kbd key={name} me={4}>
                  {name}
                </Kbd>
              ))}
            </Table.Th>
            <Table.Td>{what}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface KeyboardHelpProps {
  opened: boolean;
  onClose(): void;
  /** Whether single letters do something; who dictates to the machine can turn that off (WCAG 2.1.4). */
  letters: boolean;
  onLetters(on: boolean): void;
}

export function KeyboardHelp({ opened, onClose, letters, onLetters }: KeyboardHelpProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Keyboard">
      <Keys title="Samples" keys={KEYS} />
      <Keys title="Comparison" keys={KEYS_OF_COMPARISON} />
      <Switch
        label="Letters are shortcuts"
        checked={letters}
        onChange={(event) => onLetters(event.currentTarget.checked)}
      />
      <Text size="xs" c="dimmed" mt={4}>
        Arrows, Enter and Esc always work.
      </Text>
    </Dialog>
  );
}
