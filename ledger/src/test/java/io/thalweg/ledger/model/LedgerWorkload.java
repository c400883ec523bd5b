package io.thalweg.ledger.model;

import io.thalweg.ledger.model.random.Generator;
import io.thalweg.ledger.model.random.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Requests from a seed as bytes, and what the model answers once their timestamp is known: for tests of other modules, which put
 * the same requests to a ledger of their own.
 */
public final class LedgerWorkload {
    private final Generator generator;
    private final ModelLedger model = new ModelLedger();

    public LedgerWorkload(long seed) {
        generator = new Generator(seed);
    }

    /** Accounts or transfers to be created. */
    public static final class Write {
        private final Request request;

        private Write(Request request) {
            this.request = request;
        }

        public boolean isOfAccounts() {
            return request instanceof Request.CreateAccounts;
        }

        /** How many objects are to be created. */
        public int size() {
            return request.size();
        }

        /** Events of 128 bytes, little-endian. */
        public ByteBuffer events() {
            ByteBuffer events = ByteBuffer.allocate(size() * Account.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            if (request instanceof Request.CreateAccounts accounts) {
                for (int i = 0; i < size(); i++) {
                    accounts.events().get(i).put(events, i * Account.BYTES);
                }
            } else if (request instanceof Request.CreateTransfers transfers) {
                for (int i = 0; i < size(); i++) {
                    transfers.events().get(i).put(events, i * Transfer.BYTES);
                }
            }
            return events;
        }

        @Override
        public String toString() {
            return request.toString();
        }
    }

    /** The next request that creates something. */
    public Write next() {
        while (true) {
            Request request = generator.next();
            if (request.size() > 0) {
                return new Write(request);
            }
        }
    }

    /**
     * Lets the model do a request.
     *
     * @param timestamp of the request, in ns, as the ledger stamped it
     * @return dense results of 16 bytes, little-endian
     */
    public ByteBuffer answer(Write write, long timestamp) {
        List<Result> results = write.request instanceof Request.CreateAccounts accounts
                ? model.createAccounts(accounts.events(), timestamp)
                : model.createTransfers(((Request.CreateTransfers) write.request).events(), timestamp);
        ByteBuffer out = ByteBuffer.allocate(results.size() * Result.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Result result : results) {
            out.putLong(result.timestamp()).putInt(result.code()).putInt(0);
        }
        return out.flip();
    }

    /** Lets the model do a pulse; says how many transfers expired. */
    public int expire(long timestamp) {
        return model.expire(timestamp);
    }

    /** When the next pending transfer expires, in ns; {@link Long#MAX_VALUE} if none does. */
    public long nextExpiry() {
        return model.nextExpiry();
    }

    /** The digest that {@code Ledger.digest} must give. */
    public byte[] digest() {
        return ModelDigest.of(model.state());
    }
}
