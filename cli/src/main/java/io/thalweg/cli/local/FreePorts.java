package io.thalweg.cli.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of loopback that nobody listens at. They are written down and used again whenever a node starts, so they are none of those that
 * systems give to connections that go out: one of those would keep a node from starting.
 */
final class FreePorts {
    static final String HOST = "127.0.0.1";

    /** Below where Linux (32,768) and others (49,152) begin to give ports to connections. */
    private static final int LOWEST = 20_000;

    private static final int BEYOND = 32_000;
    private static final int TRIES_MAX = 1_000;

    private FreePorts() {}

    /** So many for each process, all held at once, so that none is given twice. */
    static List<int[]> take(int processes, int each) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            List<int[]> ports = new ArrayList<>();
            for (int process = 0; process < processes; process++) {
                int[] own = new int[each];
                for (int i = 0; i < each; i++) {
                    ServerSocket socket = free();
                    held.add(socket);
                    own[i] = socket.getLocalPort();
                }
                ports.add(own);
            }
            return ports;
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    private static ServerSocket free() throws IOException {
        for (int tries = 1; ; tries++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, BEYOND);
            try {
                return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
            } catch (IOException e) {
                if (tries == TRIES_MAX) {
                    throw e;
                }
            }
        }
    }
}
