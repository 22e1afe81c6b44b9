#include "types.h"

#include "crossfold/core/error.h"

namespace crossfold::hdf5 {

template <>
hid_t native_type<float>() {
  return H5T_NATIVE_FLOAT;
}
template <>
hid_t native_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
hid_t native_type<std::int32_t>() {
  return H5T_NATIVE_INT32;
}
template <>
hid_t native_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}
template <>
hid_t native_type<std::uint8_t>() {
  return H5T_NATIVE_UINT8;
}
template <>
hid_t native_type<std::uint64_t>() {
  return H5T_NATIVE_UINT64;
}

Handle utf8_type() {
  Handle type(H5Tcopy(H5T_C_S1), &H5Tclose);
  CF_ENSURE(H5Tset_size(type.get(), H5T_VARIABLE) >= 0);
  CF_ENSURE(H5Tset_cset(type.get(), H5T_CSET_UTF8) >= 0);
  return type;
}

}  // namespace crossfold::hdf5
