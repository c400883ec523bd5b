package io.thalweg.view.java.run;

/**
 * The event of a log that others came of: what hops, and what hops of that, knows it. Whoever appended it waits for what is answered.
 *
 * @param stream of the event
 * @param sequence of the event in it
 */
public record Origin(String stream, long sequence) {
    /** The form in which it travels with what hops. */
    public String text() {
        return stream + "@" + sequence;
    }

    /** Reads what {@link #text} wrote. */
    public static Origin parse(String text) {
        int at = text.lastIndexOf('@');
        return new Origin(text.substring(0, at), Long.parseLong(text.substring(at + 1)));
    }
}
