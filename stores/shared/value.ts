/** The id, and after a NUL the data, where there is some: other programs write the id alone. */
export function encodeValue(id: string, data: string | undefined): string {
  return data === undefined ? id : `${id}\0${data}`;
}

export function decodeValue(text: string): { id: string; data?: string } {
  const split = text.indexOf('\0');
  if (split < 0) return { id: text };
  return { id: text.slice(0, split), data: text.slice(split + 1) };
}
