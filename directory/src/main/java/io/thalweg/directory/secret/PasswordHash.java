package io.thalweg.directory.secret;

/**
 * A password as a slow, salted hash in the text form of the door's choice, parameters included; opaque here. Its text form
 * says nothing, so that no log line tells it.
 *
 * @param text 1 to 512 bytes of UTF-8
 */
public record PasswordHash(String text) {
    @Override
    public String toString() {
        return "PasswordHash[hidden]";
    }
}
