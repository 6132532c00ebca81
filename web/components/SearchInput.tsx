"use client";
import { CloseButton, TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { type Ref, useState } from "react";

const PAUSE_MS = 250;

interface SearchInputProps extends Omit<TextInputProps, "value" | "onChange"> {
  value: string | null;
  onSearch(words: string | null): void;
  inputRef?: Ref<HTMLInputElement>;
}

/** Searches when the typing pauses. */
export function SearchInput({ value, onSearch, inputRef, ...rest }: SearchInputProps) {
  const [text, setText] = useState(value ?? "");
  const [known, setKnown] = useState(value);
  const later = useDebouncedCallback((words: string) => onSearch(words.trim() || null), PAUSE_MS);
  // The address changed from elsewhere (the back button, a link): the field follows it.
  if (known !== value) {
    setKnown(value);
    if ((text.trim() || null) !== value) setText(value ?? "");
  }
  const type = (words: string) => {
    setText(words);
    later(words);
  };
  return (
    <TextInput
      ref={inputRef}
      type="search"
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      rightSection={text && <CloseButton size="sm" aria-label="Clear the search" onClick={() => type("")} />}
      {...rest}
    />
  );
}
