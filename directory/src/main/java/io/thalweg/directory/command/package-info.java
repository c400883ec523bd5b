/**
 * What changes the directory, as records and as bytes: {@link io.thalweg.directory.command.DirectoryCommand}, the request that carries it
 * together with its audit event, and what is answered. {@link io.thalweg.directory.command.DirectoryClient} sends them.
 */
@NullMarked
package io.thalweg.directory.command;

import org.jspecify.annotations.NullMarked;
