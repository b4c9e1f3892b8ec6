import { createHash } from 'node:crypto';

/** The longest name of a folder that every file system takes, in bytes. */
const longest = 200;

/**
 * The name of an election's folder. Keys are told apart by it also where the file system does not
 * tell capitals from small letters.
 */
export function folderName(key: string): string {
  const bytes = [...Buffer.from(key)];
  const name = bytes
    .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : hex(byte)))
    .join('');
  if (name.length <= longest) return name;
  const rest = createHash('sha256').update(key).digest('hex');
  return `${name.slice(0, longest - rest.length)}${rest}`;
}

/** A small letter, a digit, or a hyphen. */
function isPlain(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte === 45;
}

function hex(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`;
}
