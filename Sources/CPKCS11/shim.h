#ifndef LATCHKEY_CPKCS11_SHIM_H
#define LATCHKEY_CPKCS11_SHIM_H

/* The part of PKCS #11 2.40 that a root key on a token needs, so that no vendor's header has to be installed.
   Names, numbers and order are the standard's; a function that is not called stands as a pointer without a type. */

#include <dlfcn.h>
#include <string.h>

typedef unsigned char CK_BYTE;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;
typedef CK_ULONG CK_SLOT_ID;
typedef CK_ULONG CK_SESSION_HANDLE;
typedef CK_ULONG CK_OBJECT_HANDLE;

#define LATCHKEY_CKR_OK 0x00UL
#define LATCHKEY_CKR_PIN_INCORRECT 0xA0UL
#define LATCHKEY_CKR_PIN_LEN_RANGE 0xA2UL
#define LATCHKEY_CKR_PIN_LOCKED 0xA4UL
#define LATCHKEY_CKR_USER_ALREADY_LOGGED_IN 0x100UL
#define LATCHKEY_CKR_ALREADY_INITIALIZED 0x191UL
/* Ours, from the range for vendors: no module could be loaded from the path; no token has the label. */
#define LATCHKEY_CKR_NO_MODULE 0x80004C01UL
#define LATCHKEY_CKR_NO_TOKEN 0x80004C02UL

typedef struct {
    CK_ULONG type;
    void *value;
    CK_ULONG length;
} CK_ATTRIBUTE;

typedef struct {
    CK_ULONG mechanism;
    void *parameter;
    CK_ULONG length;
} CK_MECHANISM;

typedef struct {
    void *create_mutex, *destroy_mutex, *lock_mutex, *unlock_mutex;
    CK_ULONG flags;
    void *reserved;
} CK_C_INITIALIZE_ARGS;

typedef struct {
    CK_BYTE label[32];
    CK_BYTE manufacturer[32];
    CK_BYTE model[16];
    CK_BYTE serial[16];
    CK_ULONG flags, sessions[4], pin_lengths[2], memory[4];
    CK_BYTE versions[4];
    CK_BYTE time[16];
} CK_TOKEN_INFO;

typedef struct {
    CK_BYTE version[2];
    CK_RV (*C_Initialize)(void *);
    void *C_Finalize, *C_GetInfo, *C_GetFunctionList;
    CK_RV (*C_GetSlotList)(CK_BYTE, CK_SLOT_ID *, CK_ULONG *);
    void *C_GetSlotInfo;
    CK_RV (*C_GetTokenInfo)(CK_SLOT_ID, CK_TOKEN_INFO *);
    void *C_GetMechanismList, *C_GetMechanismInfo, *C_InitToken, *C_InitPIN, *C_SetPIN;
    CK_RV (*C_OpenSession)(CK_SLOT_ID, CK_ULONG, void *, void *, CK_SESSION_HANDLE *);
    CK_RV (*C_CloseSession)(CK_SESSION_HANDLE);
    void *C_CloseAllSessions, *C_GetSessionInfo, *C_GetOperationState, *C_SetOperationState;
    CK_RV (*C_Login)(CK_SESSION_HANDLE, CK_ULONG, const CK_BYTE *, CK_ULONG);
    void *C_Logout, *C_CreateObject, *C_CopyObject;
    CK_RV (*C_DestroyObject)(CK_SESSION_HANDLE, CK_OBJECT_HANDLE);
    void *C_GetObjectSize;
    CK_RV (*C_GetAttributeValue)(CK_SESSION_HANDLE, CK_OBJECT_HANDLE, CK_ATTRIBUTE *, CK_ULONG);
    void *C_SetAttributeValue;
    CK_RV (*C_FindObjectsInit)(CK_SESSION_HANDLE, CK_ATTRIBUTE *, CK_ULONG);
    CK_RV (*C_FindObjects)(CK_SESSION_HANDLE, CK_OBJECT_HANDLE *, CK_ULONG, CK_ULONG *);
    CK_RV (*C_FindObjectsFinal)(CK_SESSION_HANDLE);
    void *C_EncryptInit, *C_Encrypt, *C_EncryptUpdate, *C_EncryptFinal;
    void *C_DecryptInit, *C_Decrypt, *C_DecryptUpdate, *C_DecryptFinal;
    void *C_DigestInit, *C_Digest, *C_DigestUpdate, *C_DigestKey, *C_DigestFinal;
    CK_RV (*C_SignInit)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
    CK_RV (*C_Sign)(CK_SESSION_HANDLE, const CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
    void *C_SignUpdate, *C_SignFinal, *C_SignRecoverInit, *C_SignRecover;
    void *C_VerifyInit, *C_Verify, *C_VerifyUpdate, *C_VerifyFinal, *C_VerifyRecoverInit, *C_VerifyRecover;
    void *C_DigestEncryptUpdate, *C_DecryptDigestUpdate, *C_SignEncryptUpdate, *C_DecryptVerifyUpdate;
    CK_RV (*C_GenerateKey)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *);
} CK_FUNCTION_LIST;

#define LATCHKEY_CKA_CLASS 0x000UL
#define LATCHKEY_CKA_TOKEN 0x001UL
#define LATCHKEY_CKA_PRIVATE 0x002UL
#define LATCHKEY_CKA_LABEL 0x003UL
#define LATCHKEY_CKA_KEY_TYPE 0x100UL
#define LATCHKEY_CKA_SENSITIVE 0x103UL
#define LATCHKEY_CKA_SIGN 0x108UL
#define LATCHKEY_CKA_VALUE_LEN 0x161UL
#define LATCHKEY_CKA_EXTRACTABLE 0x162UL
#define LATCHKEY_CKO_SECRET_KEY 4UL
#define LATCHKEY_CKK_GENERIC_SECRET 0x10UL
#define LATCHKEY_CKM_GENERIC_SECRET_KEY_GEN 0x350UL
#define LATCHKEY_CKM_SHA512_HMAC 0x271UL
/* HMAC-SHA-512's own length: tokens refuse shorter ones. */
#define LATCHKEY_TOKEN_KEY_COUNT 64UL

/* Loads a module and makes it ready for several threads. It stays loaded until the process ends. */
static inline CK_RV latchkey_token_load(const char *path, CK_FUNCTION_LIST **list) {
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module) return LATCHKEY_CKR_NO_MODULE;
    CK_RV (*entry)(CK_FUNCTION_LIST **) = (CK_RV (*)(CK_FUNCTION_LIST **))dlsym(module, "C_GetFunctionList");
    if (!entry || entry(list) != LATCHKEY_CKR_OK || !*list) return LATCHKEY_CKR_NO_MODULE;
    CK_C_INITIALIZE_ARGS arguments = {0, 0, 0, 0, 2 /* the system's own locks */, 0};
    CK_RV result = (*list)->C_Initialize(&arguments);
    return result == LATCHKEY_CKR_ALREADY_INITIALIZED ? LATCHKEY_CKR_OK : result;
}

/* The slot of the one token with that label; labels are padded with spaces. */
static inline CK_RV latchkey_token_find(
    CK_FUNCTION_LIST *list, const char *label, CK_ULONG length, CK_SLOT_ID *found) {
    CK_SLOT_ID slots[64];
    CK_ULONG count = sizeof slots / sizeof slots[0];
    CK_RV result = list->C_GetSlotList(1, slots, &count);
    if (result != LATCHKEY_CKR_OK) return result;
    if (length > 32) return LATCHKEY_CKR_NO_TOKEN;
    CK_BYTE padded[32];
    memset(padded, ' ', sizeof padded);
    memcpy(padded, label, length);
    for (CK_ULONG index = 0; index < count; index++) {
        CK_TOKEN_INFO info;
        memset(&info, 0, sizeof info);
        if (list->C_GetTokenInfo(slots[index], &info) != LATCHKEY_CKR_OK) continue;
        if (memcmp(info.label, padded, sizeof padded) == 0) {
            *found = slots[index];
            return LATCHKEY_CKR_OK;
        }
    }
    return LATCHKEY_CKR_NO_TOKEN;
}

/* A session that may write, signed in as the user. */
static inline CK_RV latchkey_token_open(
    CK_FUNCTION_LIST *list, CK_SLOT_ID slot, const void *pin, CK_ULONG length, CK_SESSION_HANDLE *session) {
    CK_RV result = list->C_OpenSession(slot, 6 /* serial, may write */, 0, 0, session);
    if (result != LATCHKEY_CKR_OK) return result;
    result = list->C_Login(*session, 1 /* user */, (const CK_BYTE *)pin, length);
    if (result == LATCHKEY_CKR_OK || result == LATCHKEY_CKR_USER_ALREADY_LOGGED_IN) return LATCHKEY_CKR_OK;
    list->C_CloseSession(*session);
    return result;
}

static inline void latchkey_token_close(CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session) {
    list->C_CloseSession(session);
}

/* A key that stays on the token, never leaves it, and makes HMACs. */
static inline CK_RV latchkey_token_generate(
    CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session, const char *label, CK_ULONG length, CK_OBJECT_HANDLE *key) {
    CK_BYTE yes = 1, no = 0;
    CK_ULONG class = LATCHKEY_CKO_SECRET_KEY, type = LATCHKEY_CKK_GENERIC_SECRET, count = LATCHKEY_TOKEN_KEY_COUNT;
    CK_MECHANISM mechanism = {LATCHKEY_CKM_GENERIC_SECRET_KEY_GEN, 0, 0};
    CK_ATTRIBUTE attributes[] = {
        {LATCHKEY_CKA_CLASS, &class, sizeof class},
        {LATCHKEY_CKA_KEY_TYPE, &type, sizeof type},
        {LATCHKEY_CKA_VALUE_LEN, &count, sizeof count},
        {LATCHKEY_CKA_TOKEN, &yes, 1},
        {LATCHKEY_CKA_PRIVATE, &yes, 1},
        {LATCHKEY_CKA_SENSITIVE, &yes, 1},
        {LATCHKEY_CKA_EXTRACTABLE, &no, 1},
        {LATCHKEY_CKA_SIGN, &yes, 1},
        {LATCHKEY_CKA_LABEL, (void *)label, length},
    };
    return list->C_GenerateKey(session, &mechanism, attributes, sizeof attributes / sizeof attributes[0], key);
}

/* Every secret key of that label, up to `limit`. */
static inline CK_RV latchkey_token_keys(
    CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session, const char *label, CK_ULONG length, CK_OBJECT_HANDLE *keys,
    CK_ULONG limit, CK_ULONG *count) {
    CK_ULONG class = LATCHKEY_CKO_SECRET_KEY;
    CK_ATTRIBUTE attributes[] = {
        {LATCHKEY_CKA_CLASS, &class, sizeof class},
        {LATCHKEY_CKA_LABEL, (void *)label, length},
    };
    CK_RV result = list->C_FindObjectsInit(session, attributes, 2);
    if (result != LATCHKEY_CKR_OK) return result;
    result = list->C_FindObjects(session, keys, limit, count);
    list->C_FindObjectsFinal(session);
    return result;
}

/* 1 when the token says that the key cannot leave it and that it may make HMACs. */
static inline int latchkey_token_key_stays(CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    CK_BYTE sensitive = 0, extractable = 1, sign = 0;
    CK_ATTRIBUTE attributes[] = {
        {LATCHKEY_CKA_SENSITIVE, &sensitive, 1},
        {LATCHKEY_CKA_EXTRACTABLE, &extractable, 1},
        {LATCHKEY_CKA_SIGN, &sign, 1},
    };
    return list->C_GetAttributeValue(session, key, attributes, 3) == LATCHKEY_CKR_OK && sensitive && !extractable
        && sign;
}

static inline CK_RV latchkey_token_destroy(CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    return list->C_DestroyObject(session, key);
}

static inline CK_RV latchkey_token_hmac(
    CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, const void *message, CK_ULONG count,
    void *output, CK_ULONG *written) {
    CK_MECHANISM mechanism = {LATCHKEY_CKM_SHA512_HMAC, 0, 0};
    CK_RV result = list->C_SignInit(session, &mechanism, key);
    if (result != LATCHKEY_CKR_OK) return result;
    return list->C_Sign(session, (const CK_BYTE *)message, count, (CK_BYTE *)output, written);
}

#endif
