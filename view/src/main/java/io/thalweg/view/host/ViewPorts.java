package io.thalweg.view.host;

import io.thalweg.log.EventReader;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.view.DeadLetters;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.Takeover;
import io.thalweg.view.schedule.ViewThreads;
import java.util.function.Function;

/**
 * All through which a {@link ViewHost} reaches the world outside.
 *
 * @param disk where states without an index are; indexes are files of the operating system's, since RocksDB knows no other
 * @param threads closed with the host
 * @param memory for an instance of a tenant's, of that which all views share
 * @param readers the reader of the shard that a stream lives in
 */
public record ViewPorts(
        Disk disk,
        Clock clock,
        ViewThreads threads,
        Function<TenantId, MemoryGrant> memory,
        Function<StreamId, EventReader> readers,
        DeadLetters deadLetters,
        Takeover takeover) {}
