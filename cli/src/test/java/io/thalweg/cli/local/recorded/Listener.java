package io.thalweg.cli.local.recorded;

import io.thalweg.cli.api.Api;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Optional;

/** Asks how often something was said, which is no less than was acknowledged, nor than it was answered before. Whoever leads the view next begins a while after who leads its log. */
final class Listener extends Client {
    private final CountedWords words;
    private long last;

    Listener(Run run, CountedWords words) {
        super(run, "listener");
        this.words = words;
    }

    @Override
    boolean isHasty() {
        return false;
    }

    @Override
    void act() throws InterruptedException {
        long known = words.lines();
        Optional<HttpResponse<String>> answer = ask(
                HttpRequest.newBuilder()
                        .POST(BodyPublishers.ofString("{\"path\":[[\"key\",\"" + CountedWords.EACH + "\"]]}")),
                CountedWords.COUNTS);
        if (answer.isPresent()) {
            long counted =
                    Api.JSON.readTree(answer.get().body()).at("/values/0").asLong(0);
            if (counted < known) {
                throw new AssertionError("the view has counted " + counted + " lines, and " + known
                        + " were acknowledged before it was asked");
            }
            if (counted < last) {
                throw new AssertionError("the view has counted " + counted + " lines, and had " + last);
            }
            last = counted;
            done.incrementAndGet();
        }
        Thread.sleep(10);
    }
}
