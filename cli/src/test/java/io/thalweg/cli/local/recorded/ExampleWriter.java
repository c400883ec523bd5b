package io.thalweg.cli.local.recorded;

/** Appends what an example of a view follows. */
final class ExampleWriter extends Client {
    private final WatchedExample.Deployed its;
    private long number = 1;

    ExampleWriter(Run run, WatchedExample.Deployed its) {
        super(run, "writer-of-" + its.example().view());
        this.its = its;
    }

    @Override
    void act() throws InterruptedException {
        WatchedExample.Said said = its.example().next(random, number);
        String path = "/logs/" + its.id(said.log()) + "/append" + (said.full() ? "?ack=full&timeout=15000" : "");
        String event = said.event().toString();
        if (appendWith(path, event, "Idempotency-Key", name + number, "Thalweg-Key", said.key())
                .isPresent()) {
            done.incrementAndGet();
            number++;
        } else if (!said.full()) {
            number++; // nobody knows what became of it
        }
        Thread.sleep(20);
    }
}
