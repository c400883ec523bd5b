package io.thalweg.view.java;

/** What a partition of a view is called, and what its streams are. Immutable. */
public final class Wiring {
    private final String name;
    private final Declaration declaration;
    private final int partition;
    private final int partitions;

    /** @throws DeclarationException if the view declares what does not fit */
    public Wiring(String name, View view, int partition, int partitions) {
        this.name = name;
        this.declaration = Declaration.of(view);
        this.partition = partition;
        this.partitions = partitions;
    }

    Declaration declaration() {
        return declaration;
    }

    int partition() {
        return partition;
    }

    int partitions() {
        return partitions;
    }

    String changes() {
        return "view/" + name + "/changes/" + partition;
    }

    String deadLetters() {
        return "view/" + name + "/dead/" + partition;
    }

    String hop(Source.Hop<?> hop, int target) {
        return "view/" + name + "/hop/" + hop.name() + "/" + target;
    }

    String log(Source.Log<?> log) {
        return log.name() + "/" + partition;
    }

    /** The stream of a log that a key's events go to. */
    String output(String log, String key) {
        return log + "/" + Slots.partition(Slots.of(key), partitions);
    }

    /** The innermost line that is not of this package, for errors. */
    static String userLine() {
        return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                .walk(frames -> frames.filter(
                                frame -> frame.getDeclaringClass().getPackage() != Wiring.class.getPackage()
                                        && !frame.getClassName().startsWith("io.thalweg.index.")
                                        && !frame.getClassName().startsWith("java."))
                        .findFirst()
                        .map(frame -> " (" + frame.getFileName() + ":" + frame.getLineNumber() + ")")
                        .orElse(""));
    }
}
