package io.thalweg.cli.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Ports of loopback that nobody listens at. */
final class FreePorts {
    static final String HOST = "127.0.0.1";

    private FreePorts() {}

    /** So many for each process, all held at once, so that none is given twice. */
    static List<int[]> take(int processes, int each) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            List<int[]> ports = new ArrayList<>();
            for (int process = 0; process < processes; process++) {
                int[] own = new int[each];
                for (int i = 0; i < each; i++) {
                    ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
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
}
