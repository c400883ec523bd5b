package io.thalweg.bench.load;

/**
 * One shape of load.
 *
 * @param name how results call it; no spaces
 * @param connections how many send at the same time
 * @param batch events in a request
 * @param eventBytes bytes of an event's payload
 * @param window requests that each has under way; the system's own client joins what waits, if it does that
 */
public record Pattern(String name, int connections, int batch, int eventBytes, int window) {
    public Pattern {
        if (connections < 1 || batch < 1 || eventBytes < 1 || window < 1 || name.contains(" ")) {
            throw new IllegalArgumentException("not a load pattern: " + name + ", " + connections + " connections, "
                    + batch + " events a request, " + eventBytes + " bytes an event, " + window + " under way");
        }
    }

    /** One request at a time. */
    public Pattern(String name, int connections, int batch, int eventBytes) {
        this(name, connections, batch, eventBytes, 1);
    }

    /** How many words {@link #encode} makes. */
    static final int WORDS = 5;

    String encode() {
        return name + " " + connections + " " + batch + " " + eventBytes + " " + window;
    }

    static Pattern decode(String[] words, int at) {
        return new Pattern(
                words[at],
                Integer.parseInt(words[at + 1]),
                Integer.parseInt(words[at + 2]),
                Integer.parseInt(words[at + 3]),
                Integer.parseInt(words[at + 4]));
    }
}
