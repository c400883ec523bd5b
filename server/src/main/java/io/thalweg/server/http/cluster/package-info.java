/**
 * What an operator sees of the cluster and has it do, over any of its nodes.
 */
@NullMarked
package io.thalweg.server.http.cluster;

import org.jspecify.annotations.NullMarked;
