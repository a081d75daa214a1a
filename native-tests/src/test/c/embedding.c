/*
 * Loads libjvm itself, as jsvc and what jpackage makes do: embedding LIBJVM CLASSPATH CLASS [ARG...]
 */
#include <dlfcn.h>
#include <jni.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef jint (*create_t)(JavaVM **, void **, void *);

int main(int argc, char **argv) {
  JavaVM *jvm;
  JNIEnv *env;
  if (argc < 4) return 2;
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
  create_t create = library == NULL ? NULL : (create_t)dlsym(library, "JNI_CreateJavaVM");
  if (create == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  char class_path[4096];
  snprintf(class_path, sizeof class_path, "-Djava.class.path=%s", argv[2]);
  JavaVMOption options[] = {{.optionString = class_path}, {.optionString = "-XX:+UseSerialGC"}};
  JavaVMInitArgs arguments = {.version = JNI_VERSION_10, .nOptions = 2, .options = options};
  if (create(&jvm, (void **)&env, &arguments) != JNI_OK) return 1;
  for (char *c = argv[3]; *c != '\0'; c++) {
    if (*c == '.') *c = '/';
  }
  jclass type = (*env)->FindClass(env, argv[3]);
  jmethodID entry = type == NULL
      ? NULL : (*env)->GetStaticMethodID(env, type, "main", "([Ljava/lang/String;)V");
  if (entry == NULL) {
    (*env)->ExceptionDescribe(env);
    return 1;
  }
  jclass string = (*env)->FindClass(env, "java/lang/String");
  jobjectArray rest = (*env)->NewObjectArray(env, argc - 4, string, NULL);
  for (int i = 4; i < argc; i++) {
    (*env)->SetObjectArrayElement(env, rest, i - 4, (*env)->NewStringUTF(env, argv[i]));
  }
  (*env)->CallStaticVoidMethod(env, type, entry, rest);
  if ((*env)->ExceptionCheck(env)) (*env)->ExceptionDescribe(env);
  (*jvm)->DestroyJavaVM(jvm);
  return 0;
}
