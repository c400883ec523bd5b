// Makes the hostile and the wrong components that the tests load, from WebAssembly text. Only needed when something here changes:
//   npm install @bytecodealliance/jco@1.34.0 && node make.mjs ../resources/components
import { parse } from "@bytecodealliance/jco";
import { writeFileSync } from "node:fs";
import { argv } from "node:process";

const out = argv[2];

// ---- the world primatomic:machine ----

const machineCore = ({ memory = "(memory (export \"memory\") 2)", more = "", append = "", query = "", init = "", realloc = "" } = {}) => `
(core module $m
  ${memory}
  ${more}
  (global $top (mut i32) (i32.const 4096))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    ${realloc}
    (i32.const 4096))
  (func (export "init") ${init})
  (func (export "append") (param $ptr i32) (param $len i32) (local $what i32)
    (if (local.get $len) (then (local.set $what (i32.load8_u (local.get $ptr)))))
    ${append})
  (func (export "query") (param $ptr i32) (param $len i32) (result i32) (local $what i32)
    (if (local.get $len) (then (local.set $what (i32.load8_u (local.get $ptr)))))
    ${query}
    (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 4))
    (i32.const 16))
  (func (export "snapshot") (result i32)
    (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 4))
    (i32.const 16))
  (func (export "restore") (param i32 i32))
  (data (i32.const 32) "fine"))`;

const lift = (name, type, options = "(memory $mem) (realloc (func $i \"realloc\"))") =>
  `(func $${name} ${type} (canon lift (core func $i "${name}") ${options}))`;

const machineTypes = {
  init: "",
  append: '(param "event" (list u8))',
  query: '(param "input" (list u8)) (result (list u8))',
  snapshot: "(result (list u8))",
  restore: '(param "snapshot" (list u8))',
};

const machine = ({ core = machineCore(), before = "", instantiate = "(core instance $i (instantiate $m))", types = {}, options = {},
                   exported = "primatomic:machine/machine@0.0.1", without = [] } = {}) => {
  const all = { ...machineTypes, ...types };
  const names = Object.keys(all).filter((name) => !without.includes(name));
  return `(component ${before} ${core} ${instantiate}
    (alias core export $i "memory" (core memory $mem))
    ${names.map((name) => lift(name, all[name], options[name] ?? (name === "init" ? "" : undefined))).join("\n")}
    (instance $e ${names.map((name) => `(export "${name}" (func $${name}))`).join(" ")})
    (export "${exported}" (instance $e)))`;
};

const on = (letter, code) => `(if (i32.eq (local.get $what) (i32.const ${letter.charCodeAt(0)})) (then ${code}))`;

// ---- the world thalweg:view ----

const index = `(import "thalweg:view/index@0.1.0" (instance $index
    (type $item' (record (field "key" (list u8)) (field "value" (list u8))))
    (export "item" (type $item (eq $item')))
    (type $direction' (enum "forward" "backward"))
    (export "direction" (type $direction (eq $direction')))
    (export "get" (func (param "key" (list u8)) (result (option (list u8)))))
    (export "put" (func (param "key" (list u8)) (param "value" (list u8))))
    (export "delete" (func (param "key" (list u8))))
    (export "range" (func (param "start" (list u8)) (param "end" (list u8)) (param "limit" u32) (param "direction" $direction)
      (result (list $item))))))`;

const viewTypes = `
  (type $pairs (list (tuple string string)))
  (type $event' (record (field "sequence" u64) (field "timestamp" u64) (field "key" (option (list u8)))
    (field "content-type" (option string)) (field "headers" $pairs) (field "payload" (list u8))))
  (type $content' (record (field "content-type" string) (field "body" (list u8))))`;

// The index needs the memory and realloc of the guest, so these live in a module of their own.
const view = ({ append = "", query = "", init = "", imported = index } = {}) => `(component ${imported} ${viewTypes}
  (core module $libc (memory (export "memory") 4)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      ;; 'bad' realloc for the results of index.get: when the byte at 8 is set
      (if (i32.load8_u (i32.const 8)) (then (return (i32.const 0x7ffffff0))))
      (i32.const 4096)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $mem))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $get (canon lower (func $index "get") (memory $mem) (realloc $realloc)))
  (core func $put (canon lower (func $index "put") (memory $mem)))
  (core func $delete (canon lower (func $index "delete") (memory $mem)))
  (core func $range (canon lower (func $index "range") (memory $mem) (realloc $realloc)))
  (core module $m
    (import "libc" "memory" (memory 1))
    (import "index" "get" (func $get (param i32 i32 i32)))
    (import "index" "put" (func $put (param i32 i32 i32 i32)))
    (import "index" "delete" (func $delete (param i32 i32)))
    (import "index" "range" (func $range (param i32 i32 i32 i32 i32 i32 i32)))
    (func (export "init") ${init})
    (func (export "append") (param i64 i64 i32 i32 i32 i32 i32 i32 i32 i32) (param $ptr i32) (param $len i32) (result i32) (local $what i32)
      (if (local.get $len) (then (local.set $what (i32.load8_u (local.get $ptr)))))
      ${append}
      (i32.store (i32.const 16) (i32.const 0))
      (i32.const 16))
    (func (export "query") (param $parameters i32) (param $count i32) (param $ptr i32) (param $len i32) (result i32) (local $what i32)
      (if (local.get $len) (then (local.set $what (i32.load8_u (local.get $ptr)))))
      ${query}
      (i32.store (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 1))
      (i32.store (i32.const 24) (i32.const 64)) (i32.store (i32.const 28) (i32.const 4))
      (i32.const 16))
    (func (export "snapshot") (result i32) (i32.store (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 0)) (i32.const 16))
    (func (export "restore") (param i32 i32))
    (data (i32.const 64) "fine") (data (i32.const 80) "\\ff\\fe") (data (i32.const 96) "text/csv"))
  (core instance $index (export "get" (func $get)) (export "put" (func $put)) (export "delete" (func $delete)) (export "range" (func $range)))
  (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "index" (instance $index))))
  (component $shim
    (type $pairs (list (tuple string string)))
    (type $event' (record (field "sequence" u64) (field "timestamp" u64) (field "key" (option (list u8)))
      (field "content-type" (option string)) (field "headers" $pairs) (field "payload" (list u8))))
    (type $content' (record (field "content-type" string) (field "body" (list u8))))
    (import "event" (type $event (eq $event')))
    (import "content" (type $content (eq $content')))
    (type $answer' (variant (case "json" string) (case "text" string) (case "content" $content)))
    (import "answer" (type $answer (eq $answer')))
    (import "init" (func $init))
    (import "append" (func $append (param "event" $event) (result (result (error string)))))
    (import "query" (func $query (param "parameters" $pairs) (param "input" (list u8)) (result (result $answer (error string)))))
    (import "snapshot" (func $snapshot (result (list u8))))
    (import "restore" (func $restore (param "snapshot" (list u8))))
    (export $event2 "event" (type $event))
    (export $content2 "content" (type $content))
    (export $answer2 "answer" (type $answer))
    (export "init" (func $init))
    (export "append" (func $append) (func (param "event" $event2) (result (result (error string)))))
    (export "query" (func $query) (func (param "parameters" $pairs) (param "input" (list u8)) (result (result $answer2 (error string)))))
    (export "snapshot" (func $snapshot))
    (export "restore" (func $restore)))
  (type $answer' (variant (case "json" string) (case "text" string) (case "content" $content')))
  (func $init (canon lift (core func $i "init")))
  (func $append (param "event" $event') (result (result (error string))) (canon lift (core func $i "append") (memory $mem) (realloc $realloc)))
  (func $query (param "parameters" $pairs) (param "input" (list u8)) (result (result $answer' (error string)))
    (canon lift (core func $i "query") (memory $mem) (realloc $realloc)))
  (func $snapshot (result (list u8)) (canon lift (core func $i "snapshot") (memory $mem)))
  (func $restore (param "snapshot" (list u8)) (canon lift (core func $i "restore") (memory $mem) (realloc $realloc)))
  (instance $e (instantiate $shim (with "event" (type $event')) (with "content" (type $content')) (with "answer" (type $answer'))
    (with "init" (func $init)) (with "append" (func $append)) (with "query" (func $query)) (with "snapshot" (func $snapshot))
    (with "restore" (func $restore))))
  (export "thalweg:view/view@0.1.0" (instance $e)))`;

const store = (at, value) => `(i32.store (i32.const ${at}) (i32.const ${value}))`;

const components = {
  // One guest that misbehaves as the first byte of an event or question says.
  "hostile-machine": machine({
    core: machineCore({
      more: `(table 2 funcref) (elem (i32.const 0) $deep) (type $other (func (param i64)))
        (func $deep (param $n i32) (result i32) (i32.add (i32.const 1) (call $deep (i32.add (local.get $n) (i32.const 1)))))`,
      realloc: `
        (if (i32.eq (local.get 3) (i32.const 667)) (then (return (i32.const 0xffffff00))))
        (if (i32.eq (local.get 3) (i32.const 668)) (then (return (i32.const 131071))))
        (if (i32.eq (local.get 3) (i32.const 669)) (then (unreachable)))`,
      append: [
        on("L", "(loop $forever (br $forever))"),
        on("T", "(unreachable)"),
        on("R", "(drop (call $deep (i32.const 0)))"),
        on("G", "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))"),
        on("O", "(i32.store (i32.const 0x7fffffff) (i32.const 1))"),
        on("U", "(i32.store (i32.const 0xffffffff) (i32.const 1))"),
        on("D", "(drop (i32.div_s (i32.const 1) (i32.const 0)))"),
        on("F", "(drop (i32.trunc_f64_s (f64.const 1e300)))"),
        on("N", "(call_indirect (type $other) (i64.const 1) (i32.const 1))"),
        on("C", "(call_indirect (type $other) (i64.const 1) (i32.const 0))"),
        on("I", "(call_indirect (type $other) (i64.const 1) (i32.const 99))"),
        on("M", "(memory.copy (i32.const 0) (i32.const 100) (i32.const 0x7ffffff0))"),
        on("m", "(memory.fill (i32.const 100) (i32.const 1) (i32.const 0xfffffff0))"),
        on("W", "(drop (i32.atomic.load (i32.const 2)))"),
        on("w", "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))"),
      ].join("\n"),
      query: [
        on("p", `${store(16, "0xfffffff0")} ${store(20, 64)} (return (i32.const 16))`),
        on("l", `${store(16, 32)} ${store(20, "0xffffffff")} (return (i32.const 16))`),
        on("b", `${store(16, 131071)} ${store(20, 2)} (return (i32.const 16))`),
        on("h", `${store(16, 0)} ${store(20, 131072)} (return (i32.const 16))`),
        on("u", "(return (i32.const 17))"),
        on("r", "(return (i32.const 0xfffffffc))"),
        on("z", `${store(16, 131072)} ${store(20, 0)} (return (i32.const 16))`),
      ].join("\n"),
    }),
  }),
  "hostile-view": view({
    append: [
      on("1", `${store(16, 7)} (return (i32.const 16))`),
      on("2", `${store(16, 1)} ${store(20, 80)} ${store(24, 2)} (return (i32.const 16))`),
      on("3", `${store(16, 1)} ${store(20, 64)} ${store(24, 4)} (return (i32.const 16))`),
      on("p", "(call $put (i32.const 64) (i32.const 4) (i32.const 96) (i32.const 8))"),
      on("d", "(call $delete (i32.const 64) (i32.const 4))"),
      on("e", "(call $put (i32.const 64) (i32.const 0) (i32.const 96) (i32.const 8))"),
      on("k", "(call $put (i32.const 64) (i32.const 65536) (i32.const 96) (i32.const 8))"),
      on("o", "(call $put (i32.const 0xfffffff0) (i32.const 4) (i32.const 96) (i32.const 8))"),
      on("v", "(call $put (i32.const 64) (i32.const 4) (i32.const 96) (i32.const 0x7fffffff))"),
      on("g", "(call $get (i32.const 64) (i32.const 4) (i32.const 0xfffffffc))"),
      on("m", "(call $get (i32.const 64) (i32.const 4) (i32.const 18))"),
      on("a", "(i32.store8 (i32.const 8) (i32.const 1)) (call $get (i32.const 64) (i32.const 4) (i32.const 128))"),
      on("r", "(call $range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 2) (i32.const 128))"),
    ].join("\n"),
    query: [
      on("1", `${store(16, 2)} (return (i32.const 16))`),
      on("2", `${store(16, 0)} ${store(20, 3)} (return (i32.const 16))`),
      on("3", `${store(16, 0)} ${store(20, 0)} ${store(24, 80)} ${store(28, 2)} (return (i32.const 16))`),
      on("4", `${store(16, 0)} ${store(20, 2)} ${store(24, 96)} ${store(28, 8)} ${store(32, 80)} ${store(36, 2)} (return (i32.const 16))`),
      on("5", `${store(16, 1)} ${store(20, 64)} ${store(24, 4)} (return (i32.const 16))`),
      on("p", "(call $put (i32.const 64) (i32.const 4) (i32.const 96) (i32.const 8))"),
      on("g", "(call $get (i32.const 64) (i32.const 4) (i32.const 128))"),
      // the value under "fine" as text, straight out of what get returned
      on("t", `(call $get (i32.const 64) (i32.const 4) (i32.const 128)) ${store(16, 0)} ${store(20, 1)}
        (i32.store (i32.const 24) (i32.load (i32.const 132))) (i32.store (i32.const 28) (i32.load (i32.const 136))) (return (i32.const 16))`),
    ].join("\n"),
  }),
  "hostile-view-init": view({ init: "(call $put (i32.const 64) (i32.const 4) (i32.const 96) (i32.const 8))" }),

  // Cores that want more than a view may have.
  "start-loops": machine({ core: machineCore({ more: "(func $s (loop $forever (br $forever))) (start $s)" }) }),
  "start-traps": machine({ core: machineCore({ more: "(func $s (unreachable)) (start $s)" }) }),
  "init-traps": machine({ core: machineCore({ init: "(unreachable)" }) }),
  "big-memory": machine({ core: machineCore({ memory: '(memory (export "memory") 65536)' }) }),
  "two-memories": machine({ core: machineCore({ memory: '(memory (export "memory") 3000) (memory 3000)' }) }),
  "big-table": machine({ core: machineCore({ more: "(table 10000000 funcref)" }) }),
  "many-tables": machine({ core: machineCore({ more: "(table 1 funcref)".repeat(17) }) }),
  "gc-types": machine({ core: machineCore({ more: "(type (array (mut i64)))" }) }),
  "shared-memory": machine({ core: machineCore({ memory: '(memory (export "memory") 2 4 shared)' }) }),
  "data-out-of-bounds": machine({ core: machineCore({ more: '(data (i32.const 131070) "abcd")' }) }),

  // Components that are not what they should be.
  "empty": "(component)",
  "other-export": `(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f"))) (export "run" (func $f)) (export "go" (func $f)))`,
  "other-version": machine({ exported: "primatomic:machine/machine@0.0.2" }),
  "lacks-snapshot": machine({ without: ["snapshot"] }),
  "lacks-append": machine({ without: ["append"] }),
  "append-takes-string": machine({ types: { append: '(param "event" string)' } }),
  "append-names-it-data": machine({ types: { append: '(param "data" (list u8))' } }),
  "query-utf16": machine({ options: { query: '(memory $mem) (realloc (func $i "realloc")) string-encoding=utf16' } }),
  "imports-acme": machine({ before: '(import "acme:db/store@1.0.0" (instance (export "get" (func))))' }),
  "imports-function": machine({ before: '(import "log" (func (param "text" string)))' }),
  "imports-component": machine({ before: '(import "helper" (component))' }),
  "imports-module": machine({ before: '(import "libc" (core module))' }),
  "imports-types-only": machine({ before: '(import "acme:types/all@1.0.0" (instance (type $t (record (field "a" u8))) (export "t" (type (eq $t)))))' }),
  "index-other-type": view({ imported: index.replace('(param "limit" u32)', '(param "limit" u64)') }),
  "index-other-version": view({ imported: index.replace("index@0.1.0", "index@0.2.0") }),

  // A function of WASI that is called, and one that is not.
  "wasi-clock": machine({
    before: `(import "wasi:clocks/monotonic-clock@0.2.3" (instance $clock (export "now" (func (result u64)))))
      (import "wasi:random/random@0.2.3" (instance $random (export "get-random-u64" (func (result u64)))))
      (import "wasi:io/poll@0.2.3" (instance (export "pollable" (type (sub resource)))))
      (core func $now (canon lower (func $clock "now")))
      (core func $random (canon lower (func $random "get-random-u64")))
      (core instance $wasi (export "now" (func $now)) (export "random" (func $random)))`,
    core: machineCore({ append: on("N", "(drop (call $now))") }).replace(
      "(core module $m", '(core module $m (import "wasi" "now" (func $now (result i64))) (import "wasi" "random" (func (result i64)))'),
    instantiate: '(core instance $i (instantiate $m (with "wasi" (instance $wasi))))',
  }),
};

for (const [name, text] of Object.entries(components)) {
  try {
    writeFileSync(`${out}/${name}.wasm`, await parse(text));
  } catch (e) {
    console.error(name + ": " + String(e.message ?? e).slice(0, 600));
  }
}
