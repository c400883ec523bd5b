package io.thalweg.examples;

import static io.thalweg.index.path.Lists.elements;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Sets.addTo;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Lookup;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who was reached by a link: everybody who follows somebody who shared it, each once. The counting of page views that the literature uses to
 * show a distributed query: it begins where the link is, goes to all who shared it side by side, and joins what it finds in two phases.
 */
public final class Reach implements View {
    /** An event of {@code shares}. */
    public record Share(String link, String user) {}

    /** An event of {@code followings}. */
    public record Following(String from, String to) {}

    /** What {@code reach} is asked with. */
    public record Link(String link) {}

    /** What it answers. */
    public record Reached(long sharers, long people) {}

    /** What {@code circle} is asked with: who hears of somebody by way of at most so many followers. */
    public record Circle(String user, int steps) {}

    public static final Index<Map<String, Set<String>>> SHARERS =
            Index.of("sharers", Schema.map(String.class, Schema.set(String.class)));
    public static final Index<Map<String, Set<String>>> FOLLOWERS =
            Index.of("followers", Schema.map(String.class, Schema.set(String.class)));

    public static final Query<Link, Reached> REACH =
            Query.at("reach", Schema.of(Link.class), Schema.of(Reached.class), Link::link, (at, asked) -> {
                var sharers =
                        at.index(SHARERS).at(key(asked.link()), elements()).all();
                long people = at.each(
                        sharers,
                        (there, user) ->
                                there.index(FOLLOWERS).at(key(user), elements()).all(),
                        Aggregates.<String>distinct().overElements());
                return new Reached(sharers.size(), people);
            });

    public static final Query<Circle, Set<String>> CIRCLE =
            Query.at("circle", Schema.of(Circle.class), Schema.set(String.class), Circle::user, Reach::circle);

    private static Set<String> circle(Lookup at, Circle asked) {
        if (asked.steps() < 1) {
            throw new IllegalArgumentException("steps is " + asked.steps() + ", expected at least 1");
        }
        List<String> near =
                at.index(FOLLOWERS).at(key(asked.user()), elements()).all();
        Set<String> all = new TreeSet<>(near);
        if (asked.steps() > 1) {
            all.addAll(at.each(
                    near,
                    (there, user) -> there.ask(CIRCLE, new Circle(user, asked.steps() - 1)),
                    Aggregates.<String>set().overElements()));
        }
        return all;
    }

    @Override
    public void declare(Declaration view) {
        view.index(SHARERS);
        view.index(FOLLOWERS);
        view.log(
                "shares",
                Codec.json(Share.class),
                Share::link,
                (step, share) ->
                        step.index(SHARERS).at(key(share.link()), addTo()).set(share.user()));
        view.log(
                "followings",
                Codec.json(Following.class),
                Following::to,
                (step, following) ->
                        step.index(FOLLOWERS).at(key(following.to()), addTo()).set(following.from()));
        view.query(REACH);
        view.query(CIRCLE);
    }
}
