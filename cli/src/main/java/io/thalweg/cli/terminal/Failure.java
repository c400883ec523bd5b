package io.thalweg.cli.terminal;

import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Turns an exception into the one line that a person at a terminal needs. */
public final class Failure extends RuntimeException {
    public Failure(String message) {
        super(message);
    }

    public static String describe(Throwable exception) {
        return switch (exception) {
            case CompletionException e when e.getCause() != null -> describe(e.getCause());
            case ExecutionException e when e.getCause() != null -> describe(e.getCause());
            case UncheckedIOException e when e.getCause() != null -> describe(e.getCause());
            case CharacterCodingException _ -> "the input is not text in UTF-8";
            case NoSuchFileException e -> "no such file: " + e.getFile();
            default -> {
                String message = exception.getMessage();
                yield message == null || message.isBlank()
                        ? exception.getClass().getSimpleName()
                        : message;
            }
        };
    }
}
