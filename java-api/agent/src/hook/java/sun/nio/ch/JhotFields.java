package sun.nio.ch;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import jdk.internal.misc.Unsafe;

/**
 * Fields of any object, private and behind module boundaries, by name. Used while a generation
 * drains and for Netty's native transports. For any thread; values may be a moment old.
 */
public final class JhotFields {
  private static final Unsafe UNSAFE = Unsafe.getUnsafe();

  private JhotFields() {}

  /** Where a field lies in objects of a class. */
  static final class Place {
    final Class<?> owner;
    final long offset;
    final Class<?> type;

    Place(Field field) {
      owner = field.getDeclaringClass();
      offset = UNSAFE.objectFieldOffset(field);
      type = field.getType();
    }
  }

  /** Made with the first field that is looked for. */
  private static Map<Class<?>, Map<String, Place>> places;

  /** Where the field of that name lies in objects of a class; null if they have none. */
  static synchronized Place place(Class<?> owner, String name) {
    if (places == null) {
      places = new WeakHashMap<>();
    }
    Map<String, Place> known = places.get(owner);
    if (known == null) {
      known = new HashMap<>();
      for (Class<?> in = owner; in != null; in = in.getSuperclass()) {
        for (Field one : in.getDeclaredFields()) {
          boolean own = !Modifier.isStatic(one.getModifiers()) && !known.containsKey(one.getName());
          if (own) {
            known.put(one.getName(), new Place(one));
          }
        }
      }
      places.put(owner, known);
    }
    return known.get(name);
  }

  /**
   * A field of any object, private and behind module boundaries; null if it has none of that name
   * that holds an object.
   */
  public static Object field(Object target, String name) {
    Place place = place(target.getClass(), name);
    return place == null || place.type.isPrimitive()
        ? null
        : UNSAFE.getReferenceVolatile(target, place.offset);
  }

  /** The objects in the fields of an object. */
  public static List<Object> parts(Object target) {
    List<Object> parts = new ArrayList<>();
    place(target.getClass(), "");
    Map<String, Place> known;
    synchronized (JhotFields.class) {
      known = places.get(target.getClass());
    }
    for (Place place : known.values()) {
      Object part =
          place.type.isPrimitive() ? null : UNSAFE.getReferenceVolatile(target, place.offset);
      if (part != null) {
        parts.add(part);
      }
    }
    return parts;
  }

  /** A whole number or a boolean (0 or 1) in a field; {@code otherwise} if there is none. */
  public static long number(Object target, String name, long otherwise) {
    Place place = place(target.getClass(), name);
    if (place == null) {
      return otherwise;
    }
    if (place.type == int.class) {
      return UNSAFE.getIntVolatile(target, place.offset);
    } else if (place.type == long.class) {
      return UNSAFE.getLongVolatile(target, place.offset);
    } else if (place.type == short.class) {
      return UNSAFE.getShortVolatile(target, place.offset);
    } else if (place.type == byte.class) {
      return UNSAFE.getByteVolatile(target, place.offset);
    } else if (place.type == boolean.class) {
      return UNSAFE.getBooleanVolatile(target, place.offset) ? 1 : 0;
    }
    return otherwise;
  }

  /** Sets a boolean field of any object; false if it has none of that name. */
  public static boolean setFlag(Object target, String name, boolean value) {
    Place place = place(target.getClass(), name);
    if (place == null || place.type != boolean.class) {
      return false;
    }
    UNSAFE.putBooleanVolatile(target, place.offset, value);
    return true;
  }
}
