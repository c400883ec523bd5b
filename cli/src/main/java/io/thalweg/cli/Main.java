package io.thalweg.cli;

/** Where the command starts. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.err.println("not yet");
    }
}
