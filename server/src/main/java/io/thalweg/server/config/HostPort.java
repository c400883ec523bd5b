package io.thalweg.server.config;

/** An address to listen on, as written: {@code 127.0.0.1:4780}, {@code [::1]:4780}, {@code localhost:0}. */
public record HostPort(String host, int port) {

    /** Parses; {@link ConfigException} names the option {@code what}. */
    public static HostPort parse(String what, String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            throw new ConfigException(what + " is '" + text + "': write an IPv6 address in brackets");
        }
        if (host.isEmpty()) {
            throw new ConfigException(what + " is '" + text + "', expected HOST:PORT");
        }
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port < 0 || port > 65_535) {
                throw new ConfigException(what + " is '" + text + "', expected a port of 0 to 65535");
            }
            return new HostPort(host, port);
        } catch (NumberFormatException e) {
            throw new ConfigException(what + " is '" + text + "', expected HOST:PORT", e);
        }
    }

    /** An address as it is written. */
    public static String text(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** Whether it stands for all addresses of a machine, so that others need another name for it. */
    public boolean isWildcard() {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    /** Whether only this machine reaches it, as far as the text says. */
    public boolean isLoopback() {
        return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.[0-9]{1,3}){3}");
    }
}
