// What the views in AssemblyScript share: memory for arguments and results, and a finder of JSON fields.

// Arguments are allocated by the host through cabi_realloc and belong to us; they are freed when the call is over.
const taken: usize[] = [];

export function alloc(size: usize): usize {
  const ptr = heap.alloc(max(size, 1));
  taken.push(ptr);
  return ptr;
}

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const fresh = alloc(size); // heap.alloc aligns to 16
  if (oldSize > 0) memory.copy(fresh, old, min(oldSize, size));
  return fresh;
}

// Ends a call: everything the host put in or has read by now is freed.
export function done(): void {
  for (let i = 0; i < taken.length; i++) heap.free(taken[i]);
  taken.length = 0;
  kept = null;
}

let kept: ArrayBuffer | null = null;
const pair: usize = memory.data(8);

// Returns bytes: the address of their pointer and length, which live until done().
export function give(bytes: ArrayBuffer): usize {
  kept = bytes;
  store<usize>(pair, changetype<usize>(bytes));
  store<usize>(pair, bytes.byteLength, 4);
  return pair;
}

// Where field() found the value.
export let valuePtr: usize = 0;
export let valueLength: usize = 0;

// Finds a field of a flat JSON object in its bytes, as the value is written there, without quotes. Does not make strings of the
// event: that would be most of the work of a small view.
export function field(json: usize, length: usize, name: string): bool {
  const end = json + length;
  for (let at = json; at < end; at++) {
    if (load<u8>(at) != 0x22) continue;
    const key = ++at;
    while (at < end && load<u8>(at) != 0x22) at += load<u8>(at) == 0x5c ? 2 : 1;
    const isName = at - key == name.length && same(key, name);
    do at++; while (at < end && (load<u8>(at) == 0x20 || load<u8>(at) == 0x3a));
    const quoted = at < end && load<u8>(at) == 0x22;
    const value = quoted ? ++at : at;
    if (quoted) while (at < end && load<u8>(at) != 0x22) at += load<u8>(at) == 0x5c ? 2 : 1;
    else while (at < end && !ends(load<u8>(at))) at++;
    if (at >= end) return false;
    if (isName) {
      valuePtr = value;
      valueLength = at - value;
      return true;
    }
  }
  return false;
}

function ends(c: u8): bool {
  return c == 0x2c || c == 0x7d || c == 0x20 || c == 0x0a || c == 0x0d;
}

function same(ptr: usize, text: string): bool {
  for (let i = 0; i < text.length; i++) if (load<u8>(ptr + i) != text.charCodeAt(i)) return false;
  return true;
}

// The found value as a whole number in decimal; 0 when it is none.
export function valueAsInteger(): i64 {
  let number: i64 = 0;
  const negative = valueLength > 0 && load<u8>(valuePtr) == 0x2d;
  for (let at = valuePtr + (negative ? 1 : 0); at < valuePtr + valueLength; at++) {
    const digit = <i64>load<u8>(at) - 0x30;
    if (digit < 0 || digit > 9) return 0;
    number = number * 10 + digit;
  }
  return negative ? -number : number;
}
