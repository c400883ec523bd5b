// Primatomic's counter in AssemblyScript: events {"inc": 10} and {"dec": 5}, a query answers {"count":5}.
// Hand-written against the canonical ABI: a list<u8> comes in as pointer and length, and goes out as the address of both.
import { done, field, give, valueAsInteger } from "./guest";

export { cabi_realloc } from "./guest";

let count: i64 = 0;

export function init(): void {
  count = 0;
}

export function append(ptr: usize, len: usize): void {
  if (field(ptr, len, "inc")) count += valueAsInteger();
  else if (field(ptr, len, "dec")) count -= valueAsInteger();
  done();
}

export function query(ptr: usize, len: usize): usize {
  return give(String.UTF8.encode('{"count":' + count.toString() + "}"));
}

export function snapshot(): usize {
  const state = new ArrayBuffer(8);
  store<i64>(changetype<usize>(state), count);
  return give(state);
}

export function restore(ptr: usize, len: usize): void {
  assert(len == 8);
  count = load<i64>(ptr);
  done();
}

export function post_query(result: usize): void {
  done();
}

export function post_snapshot(result: usize): void {
  done();
}
