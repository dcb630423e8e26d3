//! Use cases: enrol, delete; gates and quotas; knows neither SQL nor JSON.
