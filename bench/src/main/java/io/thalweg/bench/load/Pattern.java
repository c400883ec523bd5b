package io.thalweg.bench.load;

/**
 * One shape of load.
 *
 * @param name how results call it; no spaces
 * @param connections how many send at the same time, each one request at a time
 * @param batch events in a request
 * @param eventBytes bytes of an event's payload
 */
public record Pattern(String name, int connections, int batch, int eventBytes) {
    public Pattern {
        if (connections < 1 || batch < 1 || eventBytes < 1 || name.contains(" ")) {
            throw new IllegalArgumentException("not a load pattern: " + name + ", " + connections + " connections, "
                    + batch + " events a request, " + eventBytes + " bytes an event");
        }
    }

    String encode() {
        return name + " " + connections + " " + batch + " " + eventBytes;
    }

    static Pattern decode(String[] words, int at) {
        return new Pattern(
                words[at],
                Integer.parseInt(words[at + 1]),
                Integer.parseInt(words[at + 2]),
                Integer.parseInt(words[at + 3]));
    }
}
