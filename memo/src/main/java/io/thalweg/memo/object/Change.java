package io.thalweg.memo.object;

import io.thalweg.memo.MemoId;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Limits;
import io.thalweg.model.MalformedException;
import java.nio.charset.StandardCharsets;

/**
 * One change of an object. How it merges with concurrent ones is part of what it is, so that no model is needed to project it.
 *
 * <pre>
 * change := 1:u8 field value    set, of which the last counts
 *         | 2:u8 field          unset the same
 *         | 3:u8 field value    set, of which all newest count
 *         | 4:u8 field          unset the same
 *         | 5:u8 field by:i64   add to a counter
 *         | 6:u8 field value    insert into a set
 *         | 7:u8 field value    remove from a set
 *         | 8:u8 field id:32    relate to an object
 *         | 9:u8 field          relate to nothing
 *         | 10:u8 field         delete the object; the field is empty
 * field  := length:u32 UTF-8    1 to 255 bytes
 * </pre>
 */
public sealed interface Change {
    /** The field or relationship; empty for a deletion. */
    String field();

    record SetLast(String field, Value value) implements Change {}

    record UnsetLast(String field) implements Change {}

    record SetAll(String field, Value value) implements Change {}

    record UnsetAll(String field) implements Change {}

    record Add(String field, long by) implements Change {}

    record Insert(String field, Value value) implements Change {}

    record Remove(String field, Value value) implements Change {}

    record Relate(String field, MemoId object) implements Change {}

    record Unrelate(String field) implements Change {}

    record Delete() implements Change {
        @Override
        public String field() {
            return "";
        }
    }

    private int number() {
        return switch (this) {
            case SetLast _ -> 1;
            case UnsetLast _ -> 2;
            case SetAll _ -> 3;
            case UnsetAll _ -> 4;
            case Add _ -> 5;
            case Insert _ -> 6;
            case Remove _ -> 7;
            case Relate _ -> 8;
            case Unrelate _ -> 9;
            case Delete _ -> 10;
        };
    }

    /** Appends the binary form; refuses a field's name that is too long or missing. */
    default void write(BinaryWriter out) {
        check(this);
        out.u8(number()).text(field());
        switch (this) {
            case SetLast set -> set.value.write(out);
            case SetAll set -> set.value.write(out);
            case Add add -> out.i64(add.by);
            case Insert insert -> insert.value.write(out);
            case Remove remove -> remove.value.write(out);
            case Relate relate -> relate.object.write(out);
            case UnsetLast _, UnsetAll _, Unrelate _, Delete _ -> {}
        }
    }

    static Change read(BinaryReader in) {
        int number = in.u8();
        String field = in.text();
        Change change = switch (number) {
            case 1 -> new SetLast(field, Value.read(in));
            case 2 -> new UnsetLast(field);
            case 3 -> new SetAll(field, Value.read(in));
            case 4 -> new UnsetAll(field);
            case 5 -> new Add(field, in.i64());
            case 6 -> new Insert(field, Value.read(in));
            case 7 -> new Remove(field, Value.read(in));
            case 8 -> new Relate(field, MemoId.read(in));
            case 9 -> new Unrelate(field);
            case 10 -> new Delete();
            default -> throw new MalformedException("change " + number + " is unknown");
        };
        if (number == 10 && !field.isEmpty()) {
            throw new MalformedException("a deletion names the field " + field);
        }
        check(change);
        return change;
    }

    private static void check(Change change) {
        int bytes = change.field().getBytes(StandardCharsets.UTF_8).length;
        if (!(change instanceof Delete) && (bytes == 0 || bytes > Limits.MAX_NAME_BYTES)) {
            throw new MalformedException("a field's name has 1 to " + Limits.MAX_NAME_BYTES + " bytes, not " + bytes);
        }
    }
}
