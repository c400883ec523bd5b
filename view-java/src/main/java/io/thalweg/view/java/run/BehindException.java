package io.thalweg.view.java.run;

/** An index misses steps that the change log does not keep any more: it begins again from a checkpoint of another replica. */
public final class BehindException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BehindException(String message) {
        super(message);
    }
}
