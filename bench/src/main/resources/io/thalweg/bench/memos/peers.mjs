// Makes an object of so many edits, each a change of its own, reads it, stores it, and reads it from the store; one line of JSON for each
// library and each count. What is done is what `bench memos` does with an object: a text that is set and a counter that grows.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as Automerge from '@automerge/automerge';
import { Repo } from '@automerge/automerge-repo';
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs';
import { LoroDoc } from 'loro-crdt';

const counts = process.argv[2].split(',').map(Number);
const READS = 200;
const ns = () => process.hrtime.bigint();

function median(read) {
  const times = [];
  for (let i = 0; i < READS; i++) {
    const start = ns();
    read();
    times.push(Number(ns() - start));
  }
  return times.sort((a, b) => a - b)[READS / 2];
}

function bytes(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .reduce((sum, each) => sum + statSync(join(each.parentPath ?? each.path, each.name)).size, 0);
}

function expect(found, edits) {
  if (Number(found) !== edits) {
    throw new Error(`the object has ${found} edits, not ${edits}`);
  }
}

function say(system, edits, editNs, warmNs, coldNs, storedBytes) {
  console.log(JSON.stringify({ system, edits, editsPerSecond: (edits * 1e9) / editNs, warmNs, coldNs, storedBytes }));
}

function automerge(edits, folder) {
  let doc = Automerge.from({ name: '', n: new Automerge.Counter(0) });
  const start = ns();
  for (let i = 0; i < edits; i++) {
    doc = Automerge.change(doc, (draft) => {
      draft.name = `n${i}`;
      draft.n.increment(1);
    });
  }
  const editNs = Number(ns() - start);
  const warm = median(() => JSON.stringify(doc));
  const file = join(folder, 'automerge');
  writeFileSync(file, Automerge.save(doc));
  const cold = ns();
  const again = Automerge.load(readFileSync(file));
  expect(again.n.value, edits);
  say('automerge', edits, editNs, warm, Number(ns() - cold), statSync(file).size);
}

async function automergeRepo(edits, folder) {
  const store = join(folder, 'repo');
  const repo = new Repo({ storage: new NodeFSStorageAdapter(store) });
  const handle = repo.create({ name: '', n: new Automerge.Counter(0) });
  const start = ns();
  for (let i = 0; i < edits; i++) {
    handle.change((draft) => {
      draft.name = `n${i}`;
      draft.n.increment(1);
    });
  }
  await repo.flush();
  const editNs = Number(ns() - start);
  const warm = median(() => JSON.stringify(handle.doc()));
  // It goes on writing for a while after a flush, and whoever reads then finds half a file.
  await repo.shutdown();
  const cold = ns();
  const again = await new Repo({ storage: new NodeFSStorageAdapter(store) }).find(handle.url);
  expect(again.doc().n.value, edits);
  say('automerge-repo', edits, editNs, warm, Number(ns() - cold), bytes(store));
}

function loro(edits, folder) {
  const doc = new LoroDoc();
  const map = doc.getMap('object');
  const counter = doc.getCounter('n');
  const start = ns();
  for (let i = 0; i < edits; i++) {
    map.set('name', `n${i}`);
    counter.increment(1);
    doc.commit();
  }
  const editNs = Number(ns() - start);
  const warm = median(() => JSON.stringify(doc.toJSON()));
  const file = join(folder, 'loro');
  writeFileSync(file, doc.export({ mode: 'snapshot' }));
  const cold = ns();
  const again = new LoroDoc();
  again.import(readFileSync(file));
  expect(again.getCounter('n').value, edits);
  say('loro', edits, editNs, warm, Number(ns() - cold), statSync(file).size);
}

const folder = mkdtempSync(join(tmpdir(), 'thalweg-peers-'));
try {
  for (const edits of counts) {
    automerge(edits, folder);
    await automergeRepo(edits, folder);
    loro(edits, folder);
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);
