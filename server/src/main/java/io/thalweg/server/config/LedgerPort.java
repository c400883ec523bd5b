package io.thalweg.server.config;

/**
 * An address at which clients of the ledger's wire protocol find one ledger.
 *
 * @param address where to listen; port 0 takes a free one
 * @param tenant the tenant's name
 * @param ledger the ledger's name
 * @param clusterId what clients must name as their cluster, at least 0
 */
public record LedgerPort(HostPort address, String tenant, String ledger, long clusterId) {
    /** The port of the first ledger unless another is asked for. */
    public static final int PORT = 3000;

    public LedgerPort {
        if (tenant.isBlank() || ledger.isBlank()) {
            throw new ConfigException("a ledger port needs the names of a tenant and of a ledger");
        }
        if (clusterId < 0) {
            throw new ConfigException("a ledger port's cluster id is " + clusterId + ", expected at least 0");
        }
    }

    /** Parses {@code HOST:PORT TENANT LEDGER [CLUSTER]}; {@link ConfigException} names the option {@code what}. */
    public static LedgerPort parse(String what, String text) {
        String[] words = text.strip().split("\\s+", -1);
        if (words.length < 3 || words.length > 4) {
            throw new ConfigException(what + " is '" + text + "', expected HOST:PORT TENANT LEDGER [CLUSTER]");
        }
        try {
            long cluster = words.length == 4 ? Long.parseLong(words[3]) : 0;
            return new LedgerPort(HostPort.parse(what, words[0]), words[1], words[2], cluster);
        } catch (NumberFormatException e) {
            throw new ConfigException(what + " has the cluster id '" + words[3] + "', expected a whole number", e);
        }
    }
}
