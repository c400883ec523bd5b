// Primatomic's counter in JavaScript: events {"inc": 10} and {"dec": 5}, a query answers {"count":5}.
// QuickJS has no TextEncoder or TextDecoder; what is here is ASCII.
let count = 0;

const text = (bytes) => {
  let s = "";
  for (let i = 0; i < bytes.length; i++) s += String.fromCharCode(bytes[i]);
  return s;
};

const bytes = (s) => Uint8Array.from(s, (c) => c.charCodeAt(0));

export const machine = {
  init() {
    count = 0;
  },

  append(event) {
    let change;
    try {
      change = JSON.parse(text(event));
    } catch (e) {
      return; // not for this view
    }
    if (Number.isInteger(change?.inc)) count += change.inc;
    else if (Number.isInteger(change?.dec)) count -= change.dec;
  },

  query(input) {
    return bytes(`{"count":${count}}`);
  },

  snapshot() {
    return bytes(String(count));
  },

  restore(snapshot) {
    count = Number(text(snapshot));
  },
};
