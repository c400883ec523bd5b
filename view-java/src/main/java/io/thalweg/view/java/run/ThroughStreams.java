package io.thalweg.view.java.run;

import java.time.Instant;
import java.util.List;

/** Streams of another one, but for what a subclass does otherwise. */
public class ThroughStreams implements Streams {
    private final Streams streams;

    public ThroughStreams(Streams streams) {
        this.streams = streams;
    }

    @Override
    public List<Part> parts(String log, int partition) {
        return streams.parts(log, partition);
    }

    @Override
    public List<Event> read(String stream, long after, int max) {
        return streams.read(stream, after, max);
    }

    @Override
    public long first(String stream) {
        return streams.first(stream);
    }

    @Override
    public long newest(String stream) {
        return streams.newest(stream);
    }

    @Override
    public long before(String stream, Instant time) {
        return streams.before(stream, time);
    }

    @Override
    public String identity(String stream) {
        return streams.identity(stream);
    }

    @Override
    public boolean isBeside(String stream) {
        return streams.isBeside(stream);
    }

    @Override
    public String address(String stream) {
        return streams.address(stream);
    }

    @Override
    public boolean append(String conditional, long expected, List<Append> appends) {
        return streams.append(conditional, expected, appends);
    }

    @Override
    public Pending begin(String conditional, long expected, List<Append> appends) {
        return streams.begin(conditional, expected, appends);
    }

    @Override
    public void send(String producer, long number, List<Append> appends) {
        streams.send(producer, number, appends);
    }
}
