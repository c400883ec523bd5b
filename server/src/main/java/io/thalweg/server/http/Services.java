package io.thalweg.server.http;

import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Passwords;
import io.thalweg.server.inside.Administration;
import io.thalweg.server.inside.Components;
import io.thalweg.server.inside.Ledgers;
import io.thalweg.server.inside.Shards;
import io.thalweg.server.inside.UsageMeter;
import io.thalweg.server.inside.ViewKeeper;
import io.thalweg.view.ViewHost;
import io.thalweg.view.ViewProgram;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What handlers work with.
 *
 * @param loader checks and compiles a component
 * @param url where clients reach this node
 * @param stopping whether the node is about to close its door, so that streams without an end should end
 */
public record Services(
        Administration administration,
        Shards shards,
        Ledgers ledgers,
        ViewHost views,
        ViewKeeper keeper,
        Components components,
        Function<byte[], ViewProgram> loader,
        UsageMeter usage,
        Authenticator authenticator,
        Passwords passwords,
        EventMeters events,
        BooleanSupplier stopping,
        Supplier<String> url) {}
