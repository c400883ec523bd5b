package io.thalweg.server.http;

import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;

/**
 * The first answer on a connection that was upgraded to HTTP/2. Java's own client (25) loses its place among the frames when they
 * come close behind the upgrade's 101: of 300 connections 25 ended with a protocol error, while what was on the wire was right. So
 * the first answer waits until the client has begun to speak HTTP/2 itself, which it does without being asked.
 */
final class Upgrades {
    private static final String FIRST_STREAM = "1";
    private static final int GLANCES = 1_000;

    private Upgrades() {}

    /** Waits, a second at most, for the first bytes of an upgraded connection; all other requests pass at once. */
    static void awaitPreface(Request request) {
        if (request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_2
                || !request.getId().equals(FIRST_STREAM)) {
            return;
        }
        try {
            for (int i = 0;
                    i < GLANCES
                            && request.getConnectionMetaData().getConnection().getBytesIn() == 0;
                    i++) {
                Thread.sleep(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
