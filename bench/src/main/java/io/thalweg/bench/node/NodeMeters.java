package io.thalweg.bench.node;

import io.thalweg.bench.load.HttpConnection;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a node or a slab says of itself at {@code /metrics}. */
public final class NodeMeters {
    private static final int TIMEOUT_MS = 30_000;

    private NodeMeters() {}

    private static String metrics(URI url) throws IOException {
        try (HttpConnection connection = new HttpConnection(url, TIMEOUT_MS)) {
            return connection
                    .exchange(connection.request("GET", "/metrics", "", new byte[0]))
                    .text();
        }
    }

    /** A meter's values by shard. */
    static Map<String, Double> byShard(URI url, String name) throws IOException {
        Matcher lines = Pattern.compile("(?m)^" + name + "\\{[^}]*shard=\"(\\d+)\"[^}]*\\} (\\S+)$")
                .matcher(metrics(url));
        Map<String, Double> all = new HashMap<>();
        while (lines.find()) {
            all.put(lines.group(1), Double.parseDouble(lines.group(2)));
        }
        return all;
    }

    /** The sum of a meter's values, whatever their tags. */
    public static double sum(URI url, String name) throws IOException {
        Matcher lines =
                Pattern.compile("(?m)^" + name + "(?:\\{[^}]*\\})? (\\S+)$").matcher(metrics(url));
        double sum = 0;
        boolean found = false;
        while (lines.find()) {
            sum += Double.parseDouble(lines.group(1));
            found = true;
        }
        if (!found) {
            throw new IOException(url + " says no " + name);
        }
        return sum;
    }

    /** Entries that a node has proposed since its start, in all shards that it leads or has led. */
    static long entries(URI url) throws IOException {
        return (long) sum(url, "thalweg_shard_entries_total");
    }
}
