// Books transfers of 1 with TigerBeetle's client for Node.js, one after the other, until standard input ends; then says what the account has.
// Arguments: the client's folder; the addresses of all nodes, with commas.
const { createClient } = require(process.argv[2])

const DEBIT = 11n
const CREDIT = 12n
const FIRST = 1_000_000_000n

const client = createClient({ cluster_id: 0n, replica_addresses: process.argv[3].split(',') })

const account = id => ({
  id, debits_pending: 0n, debits_posted: 0n, credits_pending: 0n, credits_posted: 0n,
  user_data_128: 0n, user_data_64: 0n, user_data_32: 0, reserved: 0, ledger: 1, code: 1, flags: 0, timestamp: 0n
})

const transfer = id => ({
  id, debit_account_id: DEBIT, credit_account_id: CREDIT, amount: 1n, pending_id: 0n,
  user_data_128: 0n, user_data_64: 0n, user_data_32: 0, timeout: 0, ledger: 1, code: 1, flags: 0, timestamp: 0n
})

let stopping = false
process.stdin.on('end', () => { stopping = true }).resume()

function requireNone(failures) {
  if (failures.length > 0) {
    console.log(`failed ${failures[0].index} ${failures[0].result}`)
    process.exit(1)
  }
}

async function book() {
  requireNone(await client.createAccounts([account(DEBIT), account(CREDIT)]))
  for (let booked = 0n; !stopping;) {
    requireNone(await client.createTransfers([transfer(FIRST + booked)]))
    booked++
    console.log(`booked ${booked}`)
  }
  const [found] = await client.lookupAccounts([DEBIT])
  console.log(`debits ${found.debits_posted}`)
  client.destroy()
  process.exit(0)
}

book().catch(e => {
  console.log(`failed ${e}`)
  process.exit(1)
})
