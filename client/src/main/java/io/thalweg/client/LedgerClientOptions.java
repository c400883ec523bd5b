package io.thalweg.client;

import java.net.URI;
import java.time.Duration;

/**
 * Which ledger a client talks to, and with how much patience.
 *
 * @param url of the node, e.g. {@code http://127.0.0.1:4780}
 * @param apiKey of the tenant, or a token
 * @param ledger name or id
 * @param timeout how long a call may take that does not say otherwise
 * @param waitingEventsMax accounts and transfers that may wait to be sent; beyond it, callers wait
 */
public record LedgerClientOptions(URI url, String apiKey, String ledger, Duration timeout, int waitingEventsMax) {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int WAITING_EVENTS_MAX = 16 * Batch.EVENTS_MAX;

    public LedgerClientOptions {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout is " + timeout + ", expected more than nothing");
        }
        if (waitingEventsMax < Batch.EVENTS_MAX) {
            throw new IllegalArgumentException(
                    "waitingEventsMax is " + waitingEventsMax + ", expected at least " + Batch.EVENTS_MAX);
        }
    }

    public static LedgerClientOptions of(URI url, String apiKey, String ledger) {
        return new LedgerClientOptions(url, apiKey, ledger, TIMEOUT, WAITING_EVENTS_MAX);
    }

    public LedgerClientOptions withTimeout(Duration changed) {
        return new LedgerClientOptions(url, apiKey, ledger, changed, waitingEventsMax);
    }
}
