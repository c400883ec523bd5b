package io.thalweg.server.ledgerwire;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What a port tells a client that comes anew; for tests of other packages. */
public final class EvictionProbe {
    private EvictionProbe() {}

    /** Registers; returns the reason of the eviction that is the answer, 0 when it is another. */
    public static int register(String address) throws IOException {
        try (WireClient client = new WireClient(address, 77, WireClient.RELEASE_C)) {
            ByteBuffer answer = client.call(client.request(WireOperation.REGISTER, 0, 0, WireClient.bytes(256)));
            return answer.get(Header.COMMAND) == Header.COMMAND_EVICTION ? answer.get(Header.EVICTION_REASON) : 0;
        }
    }
}
