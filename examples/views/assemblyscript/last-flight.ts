// The last flight from each airport, kept in the host's index (world thalweg:view/program): key is the airport, value the flight as it came.
// The view holds nothing in memory, so its snapshot is empty and its state may be larger than memory. Asks:
//
//   ?airport=LAX           the last flight from there
//   ?from=D&to=F&limit=5   the last flights of the airports from D on and before F, in order of the airports
import { alloc, done, field, give, valueLength, valuePtr } from "./guest";

export { cabi_realloc } from "./guest";

@external("thalweg:view/index@0.1.0", "get")
declare function index_get(key: usize, keyLength: usize, result: usize): void;
@external("thalweg:view/index@0.1.0", "put")
declare function index_put(key: usize, keyLength: usize, value: usize, valueLength: usize): void;
@external("thalweg:view/index@0.1.0", "range")
declare function index_range(
  start: usize, startLength: usize, end: usize, endLength: usize, limit: u32, direction: u32, result: usize): void;

export function init(): void {}

// result<_, string>: 0 case, 4 pointer, 8 length
const appended: usize = memory.data(12);
// result<answer, string>: 0 case, 4 case of the answer or pointer of the error, 8 pointer or length, 12 length
const answered: usize = memory.data(24);
// what imports return through: option<list<u8>> (12 bytes) or list<item> (8 bytes)
const returned: usize = memory.data(12);

// Makes a string an argument or a result: its bytes, alive until done().
let textLength: usize = 0;
function text(value: string): usize {
  textLength = String.UTF8.byteLength(value);
  const ptr = alloc(textLength);
  String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, ptr);
  return ptr;
}

function refuseEvent(why: string): usize {
  store<u32>(appended, 1);
  store<usize>(appended, text(why), 4);
  store<usize>(appended, textLength, 8);
  return appended;
}

export function append(
  sequence: u64, timestamp: u64, hasKey: u32, key: usize, keyLength: usize, hasType: u32, type: usize, typeLength: usize,
  headers: usize, headerCount: usize, payload: usize, payloadLength: usize): usize {
  if (!field(payload, payloadLength, "origin") || valueLength != 3)
    return refuseEvent('not a flight: "origin" is no airport code of three letters');
  index_put(valuePtr, valueLength, payload, payloadLength);
  store<u32>(appended, 0);
  return appended;
}

function refuse(why: string): usize {
  store<u32>(answered, 1);
  store<usize>(answered, text(why), 4);
  store<usize>(answered, textLength, 8);
  return answered;
}

function json(ptr: usize, length: usize): usize {
  store<u32>(answered, 0);
  store<u32>(answered, 0, 4);
  store<usize>(answered, ptr, 8);
  store<usize>(answered, length, 12);
  return answered;
}

export function query(parameters: usize, count: usize, input: usize, inputLength: usize): usize {
  let airport = "", from = "", to = "";
  let limit: u32 = 10000;
  for (let i: usize = 0; i < count; i++) {
    const at = parameters + i * 16;
    const name = String.UTF8.decodeUnsafe(load<usize>(at), load<usize>(at, 4));
    const value = String.UTF8.decodeUnsafe(load<usize>(at, 8), load<usize>(at, 12));
    if (name == "airport") airport = value;
    else if (name == "from") from = value;
    else if (name == "to") to = value;
    else if (name == "limit") limit = <u32>I32.parseInt(value);
    else return refuse("unknown parameter " + name);
  }
  if (airport.length > 0) {
    index_get(text(airport), textLength, returned);
    if (load<u8>(returned) == 0) return refuse("no flight has left from " + airport);
    return json(load<usize>(returned, 4), load<usize>(returned, 8));
  }
  const start = text(from), startLength = textLength;
  const end = text(to), endLength = textLength;
  index_range(start, startLength, end, endLength, limit, 0, returned);
  const items = load<usize>(returned), found = load<usize>(returned, 4);
  let size: usize = 2;
  for (let i: usize = 0; i < found; i++) size += load<usize>(items + i * 16, 12) + 1;
  const out = alloc(size);
  let at = out;
  store<u8>(at++, 0x5b);
  for (let i: usize = 0; i < found; i++) {
    if (i > 0) store<u8>(at++, 0x2c);
    const length = load<usize>(items + i * 16, 12);
    memory.copy(at, load<usize>(items + i * 16, 8), length);
    at += length;
  }
  store<u8>(at++, 0x5d);
  return json(out, at - out);
}

export function snapshot(): usize {
  return give(new ArrayBuffer(0));
}

export function restore(ptr: usize, length: usize): void {
  done();
}

export function post_append(result: usize): void {
  done();
}

export function post_query(result: usize): void {
  done();
}

export function post_snapshot(result: usize): void {
  done();
}
