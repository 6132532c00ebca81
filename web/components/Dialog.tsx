"use client";
import { Modal, type ModalRootProps } from "@mantine/core";
import type { ReactNode } from "react";

interface DialogProps extends ModalRootProps {
  title: string;
  children: ReactNode;
}

/** A modal whose head is no landmark: the page has one banner already. */
export function Dialog({ title, children, ...rest }: DialogProps) {
  return (
    <Modal.Root {...rest}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Header role="none">
          <Modal.Title fw={600} style={{ overflowWrap: "anywhere" }}>
            {title}
          </Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
