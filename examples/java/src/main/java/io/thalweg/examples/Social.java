package io.thalweg.examples;

import static io.thalweg.index.path.Lists.beforeElem;
import static io.thalweg.index.path.Lists.elements;
import static io.thalweg.index.path.Lists.sublist;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Sets.addTo;
import static io.thalweg.index.path.Sets.setElem;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.Step;
import io.thalweg.view.java.View;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Profiles, who follows whom, and timelines that posts fan out to. Whether somebody may be followed is decided where he lives, in order with
 * what becomes of his profile; the answer goes to whoever asked.
 */
public final class Social implements View {
    /** An event of {@code profiles}: somebody is there, or is no more. */
    public record Profile(String user, @Nullable String name, boolean deleted) {}

    /** A command, which is answered. */
    public record Follow(String from, String to, boolean follow) {}

    /** Somebody says something. */
    public record Post(String user, String post, @Nullable String text) {}

    /** What stands in a timeline. */
    public record Entry(String user, String post) {}

    /** What a command is answered with. */
    public record Answer(boolean accepted) {}

    private record Delivery(String to, Entry entry) {}

    public static final int TIMELINE = 800;

    private static final Index<Map<String, String>> PROFILES =
            Index.of("profiles", Schema.map(String.class, String.class));
    public static final Index<Map<String, Set<String>>> FOLLOWERS =
            Index.of("followers", Schema.map(String.class, Schema.set(String.class)));
    public static final Index<Map<String, Set<String>>> FOLLOWING =
            Index.of("following", Schema.map(String.class, Schema.set(String.class)));
    public static final Index<Map<String, List<Entry>>> TIMELINES =
            Index.of("timeline", Schema.map(String.class, Schema.list(Entry.class)));

    @Override
    public void declare(Declaration view) {
        view.index(PROFILES);
        view.index(FOLLOWERS);
        view.index(FOLLOWING);
        view.index(TIMELINES);
        view.log("profiles", Codec.json(Profile.class), Profile::user, (step, profile) -> {
            var at = step.index(PROFILES).at(key(profile.user()));
            if (profile.deleted()) {
                at.remove();
            } else {
                at.set(profile.name() == null ? profile.user() : profile.name());
            }
        });
        Source.Hop<Follow> accepted = view.hop("accepted", Codec.json(Follow.class), Follow::from, (step, follow) -> {
            write(step, FOLLOWING, follow.from(), follow.to(), follow.follow());
            step.answer(new Answer(true));
        });
        Source.Hop<Follow> asked = view.hop("asked", Codec.json(Follow.class), Follow::to, (step, follow) -> {
            if (follow.follow() && step.index(PROFILES).at(key(follow.to())).get() == null) {
                step.answer(new Answer(false));
                return;
            }
            write(step, FOLLOWERS, follow.to(), follow.from(), follow.follow());
            step.hop(accepted, follow);
        });
        view.log("follows", Codec.json(Follow.class), Follow::from, (step, follow) -> step.hop(asked, follow));
        Source.Hop<Delivery> deliveries =
                view.hop("deliveries", Codec.json(Delivery.class), Delivery::to, (step, delivery) -> {
                    var timeline = step.index(TIMELINES).at(key(delivery.to()));
                    timeline.then(beforeElem()).set(delivery.entry());
                    timeline.then(sublist(TIMELINE, Long.MAX_VALUE)).remove();
                });
        view.log(
                "posts",
                Codec.json(Post.class),
                Post::user,
                (step, post) -> step.index(FOLLOWERS)
                        .at(key(post.user()), elements())
                        .all()
                        .forEach(follower ->
                                step.hop(deliveries, new Delivery(follower, new Entry(post.user(), post.post())))));
    }

    private static void write(Step step, Index<Map<String, Set<String>>> index, String at, String who, boolean follow) {
        var set = step.index(index).at(key(at));
        if (follow) {
            set.then(addTo()).set(who);
        } else {
            set.then(setElem(who)).remove();
        }
    }
}
