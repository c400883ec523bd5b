package io.thalweg.client;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What an answer without an end says, for one who takes it line by line: the status as an {@link Integer}, lines as strings, and behind the last one why
 * there is no more, as a {@link Throwable}. Holds few lines, so that who sends is held up by who takes. Taken from by one thread.
 */
final class LineQueue implements Flow.Subscriber<String> {
    private static final int AHEAD = 256;

    private final BlockingQueue<Object> said = new LinkedBlockingQueue<>();
    private volatile @Nullable CompletableFuture<?> answer;
    private volatile Flow.@Nullable Subscription subscription;
    private volatile boolean cancelled;

    /** Sends the request; once. */
    void follow(HttpClient http, HttpRequest request) {
        BodyHandler<Void> handler = head -> {
            said.add(head.statusCode());
            return BodySubscribers.fromLineSubscriber(this);
        };
        answer = http.sendAsync(request, handler).whenComplete((done, failure) -> {
            if (failure != null) {
                said.add(failure);
            }
        });
    }

    @Override
    public void onSubscribe(Flow.Subscription made) {
        subscription = made;
        made.request(AHEAD);
        if (cancelled) {
            made.cancel();
        }
    }

    @Override
    public void onNext(String line) {
        said.add(line);
    }

    @Override
    public void onError(Throwable cause) {
        said.add(cause);
    }

    @Override
    public void onComplete() {
        said.add(new IllegalStateException("it ended without a word"));
    }

    /** What comes next; null when nothing does in time. */
    @Nullable
    Object take(Duration patience) throws InterruptedException {
        Object next = said.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        Flow.Subscription from = subscription;
        if (next instanceof String && from != null) {
            from.request(1);
        }
        return next;
    }

    /** Ends the connection, and the wait of whoever takes. */
    void cancel() {
        cancelled = true;
        Flow.Subscription from = subscription;
        if (from != null) {
            from.cancel();
        }
        CompletableFuture<?> waited = answer;
        if (waited != null) {
            waited.cancel(true);
        }
        said.add(new IllegalStateException("it was cancelled"));
    }
}
