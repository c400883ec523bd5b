package io.thalweg.server;

import io.thalweg.server.duties.Duty;
import io.thalweg.server.duties.RetentionSweep;
import io.thalweg.server.duties.VersionDuty;
import io.thalweg.server.feeds.Feeds;
import io.thalweg.server.javaviews.JavaViews;
import io.thalweg.server.javaviews.StepTrim;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.slab.NodeSlab;
import io.thalweg.server.slab.Ties;
import io.thalweg.shard.ledger.ExpiryPulse;
import io.thalweg.view.host.ViewHost;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** What a node does again and again for each shard that it leads. */
record ShardDuties(Administration administration, ViewHost views, JavaViews javaViews, NodeSlab slab, Ties ties) {
    private static final Duration EXPIRY_EVERY = Duration.ofMillis(ExpiryPulse.STEP_MS);

    List<Duty> of(HostedShard home) {
        BooleanSupplier leads = Duty.leads(home.shard());
        RetentionSweep retention = new RetentionSweep(
                administration,
                home,
                stream -> Math.min(views.neededFrom(stream), javaViews.kept().neededFrom(stream)));
        StepTrim steps = javaViews.kept().trim(home);
        ExpiryPulse expiry = new ExpiryPulse(home.shard(), home.ledgers()).afterEntries();
        Feeds feeds = new Feeds(administration::directory, home, slab, ties);
        VersionDuty version = new VersionDuty(administration::directory, home.shard());
        return List.of(
                new Duty("version of shard " + home.number(), VersionDuty.EVERY, leads, version::step),
                new Duty("retention of shard " + home.number(), RetentionSweep.EVERY, leads, retention::sweep),
                new Duty("steps of shard " + home.number(), javaViews.kept().trimEvery(), leads, steps::sweep),
                new Duty("expiry of shard " + home.number(), EXPIRY_EVERY, leads, expiry::step),
                new Duty("feeds of shard " + home.number(), Feeds.EVERY, leads, feeds::step));
    }
}
