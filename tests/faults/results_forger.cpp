#include "results_forger.h"

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <hdf5.h>

namespace crossfold::test {
namespace {

#if H5_VERSION_GE(1, 12, 0)
using ObjectInfo = H5O_info1_t;  // of H5Ovisit2, in every version
#else
using ObjectInfo = H5O_info_t;
#endif

struct Place {
  std::string dataset;
  H5T_class_t kind = H5T_NO_CLASS;
  std::uint64_t numbers = 0;
};

H5T_class_t kind_of(hid_t dataset) {
  const hid_t type = H5Dget_type(dataset);
  const H5T_class_t kind = H5Tget_class(type);
  H5Tclose(type);
  return kind;
}

std::uint64_t numbers_of(hid_t dataset) {
  const hid_t space = H5Dget_space(dataset);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  H5Sclose(space);
  return static_cast<std::uint64_t>(count);
}

herr_t add_place(hid_t root, const char* name, const ObjectInfo* info, void* places) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  const hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
  const Place place{name, kind_of(dataset), numbers_of(dataset)};
  H5Dclose(dataset);
  if ((place.kind == H5T_FLOAT || place.kind == H5T_INTEGER) && place.numbers > 0)
    static_cast<std::vector<Place>*>(places)->push_back(place);
  return 0;
}

template <class T, class Change>
void change(hid_t dataset, hid_t type, const Place& place, std::uint64_t at, Change change) {
  std::vector<T> values(place.numbers);
  H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  values[at] = change(values[at]);
  if (H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
    throw std::runtime_error("cannot write " + place.dataset);
}

}  // namespace

void change_number(const std::filesystem::path& results_h5, RandomStream& random) {
  const hid_t file = H5Fopen(results_h5.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  std::vector<Place> places;
  H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, add_place, &places, H5O_INFO_BASIC);
  const Place& place = places.at(random.below(places.size()));
  const std::uint64_t at = random.below(place.numbers);
  const hid_t dataset = H5Dopen2(file, place.dataset.c_str(), H5P_DEFAULT);
  if (place.kind == H5T_FLOAT)
    change<double>(dataset, H5T_NATIVE_DOUBLE, place, at, [&](double value) {
      if (std::isnan(value)) return 0.5;
      return random.below(2) == 0 ? value + 0.01 : std::nextafter(value, 2.0);
    });
  else
    change<std::int64_t>(dataset, H5T_NATIVE_INT64, place, at,
                         [](std::int64_t value) { return value + 1; });
  H5Dclose(dataset);
  H5Fclose(file);
}

}  // namespace crossfold::test
