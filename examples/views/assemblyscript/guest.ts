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

// The value of a field of a flat JSON object, as it is written there without quotes; null when there is none.
export function field(json: string, name: string): string | null {
  const key = '"' + name + '"';
  let at = json.indexOf(key);
  if (at < 0) return null;
  at += key.length;
  while (at < json.length && (json.charCodeAt(at) == 0x20 || json.charCodeAt(at) == 0x3a)) at++;
  const quoted = at < json.length && json.charCodeAt(at) == 0x22;
  if (quoted) at++;
  let end = at;
  while (end < json.length) {
    const c = json.charCodeAt(end);
    if (quoted ? c == 0x22 : c == 0x2c || c == 0x7d || c == 0x20 || c == 0x0a || c == 0x0d) break;
    end++;
  }
  return end < json.length ? json.substring(at, end) : null;
}
