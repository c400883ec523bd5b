/**
 * Views over HTTP: deploying, steering and asking them. What a deployment or a skipped event takes is done behind the door; here it
 * becomes a request and a reply.
 */
@NullMarked
package io.thalweg.server.http.views;

import org.jspecify.annotations.NullMarked;
