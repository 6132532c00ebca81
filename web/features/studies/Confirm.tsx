import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { Dialog } from "../../components/Dialog.tsx";

interface ConfirmProps {
  title: string;
  /** what will be so afterwards */
  words: string;
  act: string;
  /** it can't be taken back and something is lost */
  danger?: boolean;
  busy: boolean;
  error?: Error;
  onAct(): void;
  onClose(): void;
}

/** Asks once more before something that matters. */
export function Confirm({ title, words, act, danger = false, busy, error, onAct, onClose }: ConfirmProps) {
  return (
    <Dialog opened onClose={onClose} title={title} centered>
      <Stack>
        <Text size="sm">{words}</Text>
        {error && (
          <Alert color="red" title="Not done" role="alert">
            {error.message}
          </Alert>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            Not yet
          </Button>
          <Button color={danger ? "red" : undefined} loading={busy} onClick={onAct}>
            {act}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
